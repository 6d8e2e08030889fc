export {
  type PoolFigures,
  PrometheusMetrics,
  type PrometheusOptions,
  type RefusalFigures,
} from './prometheus-metrics.js';

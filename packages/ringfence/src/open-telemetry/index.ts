export { type MetricsOptions, OpenTelemetryMetrics } from './open-telemetry-metrics.js';
export { OpenTelemetryTracing, type TracingOptions } from './open-telemetry-tracing.js';

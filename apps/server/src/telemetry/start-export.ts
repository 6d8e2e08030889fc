import { DiagLogLevel, diag, metrics, trace } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { OpenTelemetryMetrics, OpenTelemetryTracing } from 'ringfence/open-telemetry';
import type { TenantTraffic } from 'ringfence/telemetry';
import type { ServerConfig } from '../config.js';

/** What exports. */
export interface Export {
  readonly tracing?: OpenTelemetryTracing;
  readonly metrics?: OpenTelemetryMetrics;
  stop(): Promise<void>;
}

const nothing = (): void => undefined;

/**
 * Starts the export over OTLP. Sampler, limits, batches, headers, time-outs and compression are read by the
 * SDK itself from the standard `OTEL_*` variables; which signals go where stands in the settings.
 *
 * The resource is the service's name and version: what a host or process would tell of itself (its name,
 * user, command line) is not asked for.
 *
 * @param failed told of every export that failed; why is not, because a text of the other side may be in it.
 */
export function startExport(
  config: Pick<
    ServerConfig,
    'OTLP' | 'OTEL_SERVICE_NAME' | 'OTEL_METRIC_EXPORT_INTERVAL' | 'TRACEPARENT'
  >,
  traffic: TenantTraffic,
  failed: () => void,
): Export {
  diag.setLogger(
    { error: failed, warn: nothing, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
  const resource = resourceFromAttributes({ 'service.name': config.OTEL_SERVICE_NAME });
  const stops: (() => Promise<void>)[] = [];
  const { traces, metrics: metricsUrl } = config.OTLP;
  let tracing: OpenTelemetryTracing | undefined;
  if (traces) {
    const exporter = new OTLPTraceExporter({ url: traces });
    const provider = new NodeTracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    // So that spans of a feature's own code are below ours. No propagator: nobody is told of our traces.
    provider.register({ propagator: null });
    tracing = new OpenTelemetryTracing({
      tracer: provider.getTracer('ringfence'),
      traceparent: config.TRACEPARENT,
    });
    stops.push(async () => {
      await provider.shutdown();
      trace.disable();
    });
  }
  let own: OpenTelemetryMetrics | undefined;
  if (metricsUrl) {
    const exporter = new OTLPMetricExporter({ url: metricsUrl });
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: config.OTEL_METRIC_EXPORT_INTERVAL,
      exportTimeoutMillis: Math.min(10_000, config.OTEL_METRIC_EXPORT_INTERVAL),
    });
    const provider = new MeterProvider({ resource, readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    own = new OpenTelemetryMetrics({ meter: provider.getMeter('ringfence'), traffic });
    stops.push(async () => {
      await provider.shutdown();
      metrics.disable();
    });
  }
  return {
    ...(tracing && { tracing }),
    ...(own && { metrics: own }),
    // A collector that is away must not keep the process from ending well.
    stop: async () => {
      await Promise.allSettled(stops.map((stop) => stop()));
      diag.disable();
    },
  };
}

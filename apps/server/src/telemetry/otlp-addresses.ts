/** Where each signal is exported to. */
export interface OtlpAddresses {
  readonly traces?: string;
  readonly metrics?: string;
}

interface OtlpSettings {
  readonly OTEL_SDK_DISABLED?: string | undefined;
  readonly OTEL_TRACES_EXPORTER?: 'otlp' | 'none' | undefined;
  readonly OTEL_METRICS_EXPORTER?: 'otlp' | 'none' | undefined;
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_METRICS_ENDPOINT?: string | undefined;
}

/**
 * Reads the standard variables. Differently from the standard nothing is exported until one of them says
 * where to, or says `otlp`: then the standard's own address counts.
 *
 * @see OpenTelemetry specification, "OpenTelemetry Protocol Exporter", "Endpoint URLs for OTLP/HTTP"
 */
export function otlpAddresses(settings: OtlpSettings): OtlpAddresses {
  if (settings.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return {};
  const base = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  const address = (exporter: string | undefined, own: string | undefined, path: string) => {
    if (exporter === 'none') return undefined;
    if (own !== undefined) return own;
    if (base === undefined && exporter !== 'otlp') return undefined;
    return `${(base ?? 'http://localhost:4318').replace(/\/$/, '')}/v1/${path}`;
  };
  const { OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER } = settings;
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT } = settings;
  const traces = address(OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, 'traces');
  const metrics = address(OTEL_METRICS_EXPORTER, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, 'metrics');
  return { ...(traces && { traces }), ...(metrics && { metrics }) };
}

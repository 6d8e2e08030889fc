import type { OpenTelemetryMetrics, OpenTelemetryTracing } from 'ringfence/open-telemetry';
import type { PoolFigures, PrometheusMetrics, RefusalFigures } from 'ringfence/prometheus';
import {
  type EventLogger,
  type RequestObserver,
  type StatementObserver,
  TenantTraffic,
  type WorkTracing,
} from 'ringfence/telemetry';
import type { ServerConfig } from '../config.js';
import { listenForScrapes, type ScrapeServer } from './scrape-server.js';
import type { Export } from './start-export.js';

/** Injects the {@link ServerTelemetry}. */
export const TELEMETRY = Symbol('TELEMETRY');

/** Work that is not traced. */
const UNTRACED: WorkTracing = { follow: () => (work) => work() };

/**
 * Traces and metrics of the server, as the settings ask for them. What is not asked for is not loaded, and
 * observes nothing.
 */
export class ServerTelemetry {
  readonly observers: readonly RequestObserver[];
  readonly statements: readonly StatementObserver[];
  readonly tracing: OpenTelemetryTracing | undefined;
  readonly prometheus: PrometheusMetrics | undefined;
  readonly #metrics: OpenTelemetryMetrics | undefined;
  readonly #export: Export | undefined;
  #scrapes: ScrapeServer | undefined;

  private constructor(
    traffic: TenantTraffic,
    prometheus: PrometheusMetrics | undefined,
    exported: Export | undefined,
  ) {
    const { tracing, metrics } = exported ?? {};
    this.tracing = tracing;
    this.prometheus = prometheus;
    this.#metrics = metrics;
    this.#export = exported;
    const counting = [prometheus, metrics].filter((one) => one !== undefined);
    this.observers = counting.length > 0 ? [traffic, ...counting] : [];
    this.statements = [...counting, ...(tracing ? [tracing] : [])];
  }

  /** @throws RingfenceError `CONFIGURATION_INVALID`, `START_FAILED` when the port is in use. */
  static async start(config: ServerConfig, failed: () => void): Promise<ServerTelemetry> {
    const traffic = new TenantTraffic({ top: config.METRICS_TOP_TENANTS });
    let prometheus: PrometheusMetrics | undefined;
    if (config.METRICS_PORT !== undefined) {
      const room = await import('ringfence/prometheus');
      prometheus = new room.PrometheusMetrics({ traffic });
    }
    let exported: Export | undefined;
    if (config.OTLP.traces || config.OTLP.metrics) {
      const { startExport } = await import('./start-export.js');
      exported = startExport(config, traffic, failed);
    }
    const telemetry = new ServerTelemetry(traffic, prometheus, exported);
    if (prometheus) telemetry.#scrapes = await listenForScrapes(prometheus, config);
    return telemetry;
  }

  /** How work behind an answer is traced. */
  get work(): WorkTracing {
    return this.tracing ?? UNTRACED;
  }

  traceId = (): string | undefined => this.tracing?.traceId();

  /** Where the metrics are to be read, for whoever must know the port that was chosen. */
  get scrapePort(): number | undefined {
    return this.#scrapes?.port;
  }

  watch(pool: PoolFigures, refusals: RefusalFigures): void {
    this.prometheus?.watchPool('tenant', pool);
    this.prometheus?.watchRefusals(refusals);
    this.#metrics?.watchPool('tenant', pool);
  }

  /** Sends what is held back, and closes the port. Exporters give up after some seconds. */
  async stop(): Promise<void> {
    await this.#scrapes?.close();
    this.#metrics?.stop();
    await this.#export?.stop();
  }
}

/** Says that an export failed, once a minute at most: a collector that is away must not fill the log. */
export function exportFailures(logger: EventLogger, now = () => performance.now()): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (now() - last < 60_000) return;
    last = now();
    logger.warn({ event: 'telemetry_not_exported' }, 'Traces or metrics could not be exported.');
  };
}

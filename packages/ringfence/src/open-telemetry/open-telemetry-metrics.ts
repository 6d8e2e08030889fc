import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { type Attributes, type Meter, metrics } from '@opentelemetry/api';
import type {
  RequestObserver,
  RequestRecord,
  StatementObserver,
  StatementRecord,
  TenantTraffic,
} from '../telemetry/index.js';

/** What is read of a pool: `TenantPool` and any other `pg.Pool` have it. */
interface PoolFigures {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Options of {@link OpenTelemetryMetrics}. */
export interface MetricsOptions {
  /** Default: the meter of the registered provider. */
  readonly meter?: Meter;
  /** The counts of tenants, which is an observer of its own; without it there are none. */
  readonly traffic?: TenantTraffic;
}

const NANOSECONDS = 1e9;

/**
 * Metrics of requests, statements and pools over the API of OpenTelemetry, by the names of its semantic
 * conventions where there are some. The series are bounded as those of `ringfence/prometheus` are.
 *
 * @example
 * const metrics = new OpenTelemetryMetrics();
 * TenancyModule.forRoot({ …, observers: [metrics] });
 */
export class OpenTelemetryMetrics implements RequestObserver, StatementObserver {
  readonly #meter: Meter;
  readonly #requests;
  readonly #statements;
  readonly #errors;
  readonly #events;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 20 });

  constructor({ meter = metrics.getMeter('ringfence'), traffic }: MetricsOptions = {}) {
    this.#meter = meter;
    this.#requests = meter.createHistogram('http.server.request.duration', { unit: 's' });
    this.#statements = meter.createHistogram('db.client.operation.duration', { unit: 's' });
    this.#errors = meter.createCounter('ringfence.errors');
    this.#events = meter.createCounter('ringfence.security_events');
    if (traffic) {
      meter.createObservableCounter('ringfence.tenant.requests').addCallback((result) => {
        for (const { tenant, status, count } of traffic.read()) {
          result.observe(count, { 'ringfence.tenant.id': tenant, status });
        }
      });
    }
    this.#delay.enable();
    const lag = meter.createObservableGauge('nodejs.eventloop.delay.p99', { unit: 's' });
    lag.addCallback((result) => {
      result.observe(this.#delay.percentile(99) / NANOSECONDS);
      this.#delay.reset();
    });
  }

  observe({ route, method, status, code, event, durationMs }: RequestRecord): void {
    const attributes: Attributes = {
      // Methods are told apart where a route answers them: anybody may send any.
      ...(route !== null && { 'http.route': route, 'http.request.method': method ?? 'none' }),
      ...(status !== null && { 'http.response.status_code': status }),
      ...(code && { 'error.type': code }),
    };
    this.#requests.record(durationMs / 1000, attributes);
    if (code) this.#errors.add(1, { code });
    if (event) this.#events.add(1, { event });
  }

  observeStatement({ operation, durationMs, code }: StatementRecord): void {
    this.#statements.record(durationMs / 1000, {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      ...(code && { 'error.type': code }),
    });
  }

  /** Shows how many connections of a pool are in use, idle, and waited for. */
  watchPool(name: string, pool: PoolFigures): void {
    const count = this.#meter.createObservableUpDownCounter('db.client.connection.count');
    count.addCallback((result) => {
      const attributes = { 'db.client.connection.pool.name': name };
      const state = 'db.client.connection.state';
      result.observe(pool.totalCount - pool.idleCount, { ...attributes, [state]: 'used' });
      result.observe(pool.idleCount, { ...attributes, [state]: 'idle' });
    });
    const waiting = this.#meter.createObservableUpDownCounter(
      'db.client.connection.pending_requests',
    );
    waiting.addCallback((result) =>
      result.observe(pool.waitingCount, { 'db.client.connection.pool.name': name }),
    );
  }

  /** Stops watching the event loop. */
  stop(): void {
    this.#delay.disable();
  }
}

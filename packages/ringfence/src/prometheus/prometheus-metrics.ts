import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import {
  type RequestObserver,
  type RequestRecord,
  type StatementObserver,
  type StatementRecord,
  statusClass,
  TenantTraffic,
  type TenantTrafficOptions,
} from '../telemetry/index.js';

/** What is read of a pool: `TenantPool` and any other `pg.Pool` have it. */
export interface PoolFigures {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max?: number | undefined };
}

/** What is read of refused tenants: `RefusalCounts` of `ringfence/nest` has it. */
export interface RefusalFigures {
  read(): readonly { readonly reason: string; readonly source: string; readonly count: number }[];
}

/** Options of {@link PrometheusMetrics}. */
export interface PrometheusOptions extends TenantTrafficOptions {
  /** Figures of the process itself: event loop lag, memory, collections. Default `true`. */
  readonly processMetrics?: boolean;
  /** Shares the counts of tenants with another way out. */
  readonly traffic?: TenantTraffic;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Metrics of requests, statements and pools for Prometheus. How many series there are is bounded by the
 * code and not by what anybody sends: routes come from the router, codes from the catalogue, and of tenants
 * the busiest have a series each (see `TenantTraffic`).
 *
 * @example
 * const metrics = new PrometheusMetrics();
 * TenancyModule.forRoot({ …, observers: [metrics] });
 * metrics.watchPool('tenant', pool);
 * const text = await metrics.text();
 */
export class PrometheusMetrics implements RequestObserver, StatementObserver {
  readonly registry = new Registry();
  readonly #pools = new Map<string, PoolFigures>();
  readonly #traffic: TenantTraffic;
  readonly #ownTraffic: boolean;
  readonly #requests = this.#counter('http_requests_total', 'Requests.', [
    'method',
    'route',
    'status',
  ]);
  readonly #errors = this.#counter(
    'ringfence_errors_total',
    'Requests that failed, by code of docs/errors.md.',
    ['code'],
  );
  readonly #events = this.#counter(
    'ringfence_security_events_total',
    'Requests that were an attack, or met a defect in the isolation.',
    ['event'],
  );
  readonly #rateLimited = this.#counter(
    'ringfence_rate_limited_total',
    'Requests refused because their tenant or actor sent too many.',
    [],
  );
  readonly #egress = this.#counter(
    'ringfence_egress_violations_total',
    'Answers that were stopped because they held a row of another tenant.',
    [],
  );
  readonly #statements = this.#counter('ringfence_statements_total', 'Statements of tenants.', [
    'operation',
  ]);
  readonly #statementFailures = this.#counter(
    'ringfence_statement_failures_total',
    'Statements of tenants that failed, by code of docs/errors.md: proofs that were not accepted too.',
    ['code'],
  );
  readonly #duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took.',
    labelNames: ['method', 'route'],
    buckets: SECONDS,
    registers: [this.registry],
  });
  readonly #statementDuration = new Histogram({
    name: 'ringfence_statement_duration_seconds',
    help: 'How long statements of tenants took, waiting for a connection included.',
    labelNames: ['operation'],
    buckets: [0.001, ...SECONDS],
    registers: [this.registry],
  });

  constructor({ processMetrics = true, traffic, ...options }: PrometheusOptions = {}) {
    this.#traffic = traffic ?? new TenantTraffic(options);
    this.#ownTraffic = traffic === undefined;
    // Present from the first scrape on, so that an alert on their growth sees the first one.
    this.#egress.inc(0);
    this.#rateLimited.inc(0);
    const { registry } = this;
    const counts = this.#traffic;
    new Counter({
      name: 'ringfence_tenant_requests_total',
      help: 'Requests by tenant: the busiest ones, other, and none.',
      labelNames: ['tenant', 'status'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { tenant, status, count } of counts.read()) this.inc({ tenant, status }, count);
      },
    });
    const pools = this.#pools;
    new Gauge({
      name: 'ringfence_pool_connections',
      help: 'Connections to the database by state; waiting counts who waits for one.',
      labelNames: ['pool', 'state'],
      registers: [registry],
      collect() {
        for (const [pool, figures] of pools) {
          this.set({ pool, state: 'in_use' }, figures.totalCount - figures.idleCount);
          this.set({ pool, state: 'idle' }, figures.idleCount);
          this.set({ pool, state: 'waiting' }, figures.waitingCount);
          this.set({ pool, state: 'max' }, figures.options.max ?? 10);
        }
      },
    });
    if (processMetrics) collectDefaultMetrics({ register: registry });
  }

  observe(record: RequestRecord): void {
    if (this.#ownTraffic) this.#traffic.observe(record);
    const { code, event } = record;
    // Methods are counted where a route answers them: anybody may send any.
    const route = record.route ?? 'none';
    const method = record.route === null ? 'none' : (record.method ?? 'none');
    this.#requests.inc({ method, route, status: statusClass(record.status) });
    this.#duration.observe({ method, route }, record.durationMs / 1000);
    if (code) this.#errors.inc({ code });
    if (event) this.#events.inc({ event });
    if (code === 'RATE_LIMITED') this.#rateLimited.inc();
    if (code === 'EGRESS_VIOLATION') this.#egress.inc();
  }

  observeStatement({ operation, durationMs, code }: StatementRecord): void {
    this.#statements.inc({ operation });
    this.#statementDuration.observe({ operation }, durationMs / 1000);
    if (code) this.#statementFailures.inc({ code });
  }

  /** Shows how many connections of a pool are in use, idle, and waited for. */
  watchPool(name: string, pool: PoolFigures): void {
    this.#pools.set(name, pool);
  }

  /** Shows how often requests were refused because they named another tenant than their token's. */
  watchRefusals(refusals: RefusalFigures): void {
    new Counter({
      name: 'ringfence_tenant_refusals_total',
      help: 'Requests refused for what one source said of their tenant.',
      labelNames: ['reason', 'source'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const { reason, source, count } of refusals.read())
          this.inc({ reason, source }, count);
      },
    });
  }

  /** Everything in Prometheus' text format, whose media type is `contentType`. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    return new Counter<Label>({ name, help, labelNames, registers: [this.registry] });
  }
}

import type { RequestObserver, RequestRecord } from '../../telemetry/index.js';

/** What a node saw in one stretch of time. */
export interface NodeWindow {
  readonly requests: number;
  readonly errors: number;
  /** The 95th percentile, in whole microseconds; at most 5 % above the true one. */
  readonly p95Micros: number;
}

/** Per doubling of the duration; 2^(1/16) is a width of 4.4 %. */
const STEPS = 16;
/** Up to 2^32 µs, which is over an hour. */
const BUCKETS = 32 * STEPS;

/**
 * Counts requests, failures and durations in a fixed amount of memory, however many there are. It is an
 * observer of requests: give it to `TenancyModule` and to `MigrationModule`.
 *
 * @example
 * const signals = new NodeSignals();
 * TenancyModule.forRoot({ …, observers: [signals] });
 * MigrationModule.forRoot({ …, node: { version, report, signals } });
 */
export class NodeSignals implements RequestObserver {
  #requests = 0;
  #errors = 0;
  readonly #buckets = new Uint32Array(BUCKETS);

  observe({ status, durationMs, brokenOff }: RequestRecord): void {
    // Whoever hung up before an answer says nothing about the service.
    if (status === null && brokenOff) return;
    this.record(durationMs, status === null || status >= 500);
  }

  /**
   * @param durationMs how long the request took
   * @param failed by the service's own fault: a status of 500 or more
   */
  record(durationMs: number, failed: boolean): void {
    this.#requests += 1;
    if (failed) this.#errors += 1;
    const place = Math.ceil(Math.log2(Math.max(durationMs * 1000, 1)) * STEPS);
    const bucket = Math.min(place, BUCKETS - 1);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  /** What was counted since the last time, and begins anew. */
  take(): NodeWindow {
    const window = {
      requests: this.#requests,
      errors: this.#errors,
      p95Micros: this.#percentile(0.95),
    };
    this.#requests = 0;
    this.#errors = 0;
    this.#buckets.fill(0);
    return window;
  }

  /** The upper edge of the bucket in which that share of the requests is reached. */
  #percentile(share: number): number {
    if (this.#requests === 0) return 0;
    const wanted = Math.ceil(this.#requests * share);
    let seen = 0;
    const bucket = this.#buckets.findIndex((count) => {
      seen += count;
      return seen >= wanted;
    });
    return Math.round(2 ** (bucket / STEPS));
  }
}

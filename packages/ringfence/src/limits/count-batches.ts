import { runInTenant, type TenantId, tenantContext } from '../context/index.js';
import { COUNT_REQUESTS_STATEMENT, type Queryable } from '../sql/index.js';

/** Where a counter stands after one request was counted on it. */
export interface CountedRow {
  readonly requests: number;
  /** Until the window is over. */
  readonly milliseconds: number;
}

interface Asker {
  readonly settle: (row: CountedRow) => void;
  readonly fail: (error: unknown) => void;
}

/** Requests that wait for one counter. */
interface Waiting {
  readonly seconds: number;
  readonly askers: Asker[];
}

/**
 * Sends the counts of a tenant as one statement at a time; what comes meanwhile goes with the next. So a
 * tenant, however busy, takes one connection of the pool for its counters, and no two statements of this
 * process wait for the lock on the same row.
 */
export class CountBatches {
  readonly #pool: Queryable;
  readonly #waiting = new Map<TenantId, Map<string, Waiting>>();
  readonly #busy = new Set<TenantId>();

  constructor(pool: Queryable) {
    this.#pool = pool;
  }

  /** @param key the name of the counter within the tenant. */
  count(tenantId: TenantId, key: string, seconds: number): Promise<CountedRow> {
    return new Promise((settle, fail) => {
      const batch = this.#waiting.get(tenantId) ?? new Map<string, Waiting>();
      this.#waiting.set(tenantId, batch);
      const counter = batch.get(key) ?? { seconds, askers: [] };
      batch.set(key, counter);
      counter.askers.push({ settle, fail });
      if (this.#busy.has(tenantId)) return;
      this.#busy.add(tenantId);
      // The other counters of the same request are asked for before this.
      setImmediate(() => this.#sendAll(tenantId));
    });
  }

  async #sendAll(tenantId: TenantId): Promise<void> {
    for (;;) {
      const batch = this.#waiting.get(tenantId);
      if (!batch) break;
      this.#waiting.delete(tenantId);
      await this.#send(tenantId, batch);
    }
    this.#busy.delete(tenantId);
  }

  async #send(tenantId: TenantId, batch: ReadonlyMap<string, Waiting>): Promise<void> {
    try {
      const counters = [...batch.values()];
      const context = tenantContext(tenantId, { kind: 'system', reason: 'count requests' });
      const { rows } = await runInTenant(
        context,
        () =>
          this.#pool.query<CountedRow & { readonly key: string }>(COUNT_REQUESTS_STATEMENT, [
            [...batch.keys()],
            counters.map(({ askers }) => askers.length),
            counters.map(({ seconds }) => seconds),
          ]),
        // It runs on behalf of whichever request came first; nothing of that is used.
        { nested: 'separate' },
      );
      const found = new Map(rows.map((row) => [row.key, row]));
      for (const [key, { askers }] of batch) {
        const row = found.get(key);
        askers.forEach(({ settle, fail }, place) => {
          // Each asker has a place of its own in the count: the last one sees the sum.
          const after = askers.length - 1 - place;
          if (row) settle({ requests: row.requests - after, milliseconds: row.milliseconds });
          else fail(new Error('a counter was not counted on'));
        });
      }
    } catch (error) {
      for (const { askers } of batch.values()) for (const { fail } of askers) fail(error);
    }
  }
}

import { type IRateLimiterPostgresOptions, RateLimiterPostgres } from 'rate-limiter-flexible';
import type { TenantId } from '../context/index.js';
import type { Queryable } from '../sql/index.js';
import { CountBatches } from './count-batches.js';
import type { CounterStore } from './counter-store.js';
import { flexibleCounter } from './flexible-counter.js';

/** Where the counters are. */
export interface PostgresCountersOptions {
  /** A `TenantPool`: every count is bound to the tenant whose it is. */
  readonly pool: Queryable;
}

/**
 * Counters in PostgreSQL (`rateLimitCountersSql`), which all processes share: for services that have a
 * database and nothing else. One statement for all counters of a request, and for all requests of a tenant
 * that come while it runs. SQL that runs in a tenant can count on its own counters and reset none.
 *
 * @example
 * new TenantRateLimiter({ rules, store: postgresCounters({ pool }) });
 */
export function postgresCounters({ pool }: PostgresCountersOptions): CounterStore {
  const batches = new CountBatches(pool);
  return {
    counterFor: ({ name, requests, seconds }) =>
      flexibleCounter(
        new TenantCounters(batches, {
          storeClient: pool,
          storeType: 'pool',
          tableCreated: true,
          clearExpiredByTimeout: false,
          keyPrefix: name,
          points: requests,
          duration: seconds,
          inMemoryBlockOnConsumed: requests,
        }),
      ),
  };
}

/** The package's own statement has one key for all tenants; this one counts within the tenant. */
class TenantCounters extends RateLimiterPostgres {
  readonly #batches: CountBatches;

  constructor(batches: CountBatches, options: IRateLimiterPostgresOptions) {
    super(options);
    this.#batches = batches;
  }

  /** What the package calls to count; `options` are those of `consume`. */
  async _upsert(
    key: string,
    _points: number,
    milliseconds: number,
    _force: boolean,
    { tenantId }: { readonly tenantId: TenantId },
  ): Promise<{ rows: [{ points: number; expire: number }] }> {
    const counted = await this.#batches.count(tenantId, key, milliseconds / 1000);
    return { rows: [{ points: counted.requests, expire: Date.now() + counted.milliseconds }] };
  }
}

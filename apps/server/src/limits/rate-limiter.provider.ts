import { Redis } from 'ioredis';
import {
  type CounterStore,
  FairShares,
  memoryCounters,
  postgresCounters,
  REDIS_COUNTER_CONNECTION,
  redisCounters,
  TenantRateLimiter,
} from 'ringfence/limits';
import { TenantPool } from 'ringfence/postgres';
import type { EventLogger } from 'ringfence/telemetry';
import { describeError } from 'ringfence/telemetry';
import type { ServerConfig } from '../config.js';
import { limitsOf, readRateRules } from './read-rate-rules.js';

/** Injection token of the {@link ServerRateLimiter}. */
export const RATE_LIMITER = Symbol('rate-limiter');

/** The limiter of the server, and the end of the connection that its counters are reached by. */
export interface ServerRateLimiter {
  readonly limiter: TenantRateLimiter;
  /** How many requests of a tenant are in work, where a plan limits that. */
  readonly requestShares: FairShares;
  close(): Promise<void>;
}

/**
 * Makes the limiter that the settings describe: rules, store, and what happens while the store is down.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` for rules that cannot be read.
 */
export function createRateLimiter(
  config: ServerConfig,
  logger: Pick<EventLogger, 'error'>,
): ServerRateLimiter {
  const own = readRateRules(config);
  const { rules, planOf } = own;
  const limits = limitsOf(own);
  const { store, close } = createStore(config);
  const limiter = new TenantRateLimiter({
    rules,
    planOf,
    store,
    whenStoreFails: config.RATE_LIMIT_WHEN_STORE_FAILS,
    // A new connection to PostgreSQL takes longer than a count.
    ...(config.RATE_LIMIT_STORE === 'postgres' && { storeTimeoutMs: COUNTING_MS }),
    onStoreFailure: (error) =>
      logger.error({ error: describeError(error) }, 'The store of the rate limiter failed.'),
  });
  const requestShares = new FairShares({
    perTenant: (id) => limits(id).concurrency?.requests ?? Number.POSITIVE_INFINITY,
    queue: (id) => limits(id).concurrency?.queue ?? QUEUE,
  });
  return { limiter, requestShares, close };
}

/** As many as a page load of a large office; see docs/limits.md. */
const QUEUE = 100;
/** Counting must not wait for the work that is counted, nor take much from it. */
const COUNTING_CONNECTIONS = 2;
/** How long PostgreSQL may take: nothing is to hang on a connection that is dead. */
const COUNTING_MS = 1000;

function createStore(config: ServerConfig): { store: CounterStore; close: () => Promise<void> } {
  if (config.RATE_LIMIT_STORE === 'memory') {
    return { store: memoryCounters(), close: async () => undefined };
  }
  if (config.RATE_LIMIT_STORE === 'postgres') {
    const pool = new TenantPool({
      connectionString: config.DATABASE_URL,
      max: COUNTING_CONNECTIONS,
      connectionTimeoutMillis: COUNTING_MS,
      query_timeout: COUNTING_MS,
      ...(config.DATABASE_POOLER && { pooler: config.DATABASE_POOLER }),
    });
    return { store: postgresCounters({ pool }), close: () => pool.end() };
  }
  const client = new Redis(config.REDIS_URL ?? '', REDIS_COUNTER_CONNECTION);
  // Unheard, the event would be printed with the address; the limiter tells of counts that fail.
  client.on('error', () => undefined);
  return { store: redisCounters({ client }), close: async () => client.disconnect() };
}

import { Redis } from 'ioredis';
import {
  type CounterStore,
  memoryCounters,
  REDIS_COUNTER_CONNECTION,
  redisCounters,
  TenantRateLimiter,
} from 'ringfence/limits';
import type { EventLogger } from 'ringfence/telemetry';
import { describeError } from 'ringfence/telemetry';
import type { ServerConfig } from '../config.js';
import { readRateRules } from './read-rate-rules.js';

/** Injection token of the {@link ServerRateLimiter}. */
export const RATE_LIMITER = Symbol('rate-limiter');

/** The limiter of the server, and the end of the connection that its counters are reached by. */
export interface ServerRateLimiter {
  readonly limiter: TenantRateLimiter;
  close(): void;
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
  const { rules, planOf } = readRateRules(config);
  const { store, close } = createStore(config);
  const limiter = new TenantRateLimiter({
    rules,
    planOf,
    store,
    whenStoreFails: config.RATE_LIMIT_WHEN_STORE_FAILS,
    onStoreFailure: (error) =>
      logger.error({ error: describeError(error) }, 'The store of the rate limiter failed.'),
  });
  return { limiter, close };
}

function createStore(config: ServerConfig): { store: CounterStore; close: () => void } {
  if (config.RATE_LIMIT_STORE === 'memory') {
    return { store: memoryCounters(), close: () => undefined };
  }
  const client = new Redis(config.REDIS_URL ?? '', REDIS_COUNTER_CONNECTION);
  // Unheard, the event would be printed with the address; the limiter tells of counts that fail.
  client.on('error', () => undefined);
  return { store: redisCounters({ client }), close: () => client.disconnect() };
}

import type { Redis, RedisOptions } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import type { CounterStore } from './counter-store.js';
import { flexibleCounter } from './flexible-counter.js';

/**
 * Options of ioredis under which a Redis that is away is noticed at once: a command fails instead of
 * waiting in a queue that nobody empties, and the connection is tried again at least every second.
 */
export const REDIS_COUNTER_CONNECTION = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 1000,
  connectTimeout: 1000,
  retryStrategy: (attempt) => Math.min(attempt * 50, 1000),
} satisfies RedisOptions;

/** Where the counters are. */
export interface RedisCountersOptions {
  /** Made with {@link REDIS_COUNTER_CONNECTION}; whoever made it hears its errors and closes it. */
  readonly client: Redis;
  /** Put before every key; `ringfence:rate` by default. */
  readonly keyPrefix?: string;
}

/**
 * Counters that all processes share. One that is used up is not asked for again until it is reset, so a
 * tenant that goes on asking costs Redis nothing.
 *
 * Keys begin with policy and tenant id. The processes share one Redis login: whoever can run commands
 * with it can change every tenant's counts (docs/limits.md).
 *
 * @example
 * const client = new Redis(url, REDIS_COUNTER_CONNECTION);
 * new TenantRateLimiter({ rules, store: redisCounters({ client }) });
 */
export function redisCounters({ client, keyPrefix }: RedisCountersOptions): CounterStore {
  return {
    counterFor: ({ name, requests, seconds }) =>
      flexibleCounter(
        new RateLimiterRedis({
          storeClient: client,
          rejectIfRedisNotReady: true,
          keyPrefix: `${keyPrefix ?? 'ringfence:rate'}:${name}`,
          points: requests,
          duration: seconds,
          inMemoryBlockOnConsumed: requests,
        }),
      ),
  };
}

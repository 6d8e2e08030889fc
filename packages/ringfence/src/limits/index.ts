export type { Count, CounterStore, PolicyCounter } from './counter-store.js';
export { FairShares, type FairSharesOptions, type SlowShare } from './fair-shares.js';
export { memoryCounters } from './memory-counters.js';
export { type PostgresCountersOptions, postgresCounters } from './postgres-counters.js';
export type {
  RateLimitDecision,
  RateLimiter,
  RateLimitKey,
  RateLimitPolicy,
} from './rate-limiter.js';
export {
  type ConcurrencyRules,
  checkRateRules,
  type PlanRules,
  type RateLimits,
  type RateRules,
  type RateWindow,
  rulesOf,
} from './rate-rules.js';
export {
  REDIS_COUNTER_CONNECTION,
  type RedisCountersOptions,
  redisCounters,
} from './redis-counters.js';
export {
  type StoreFailurePolicy,
  TenantRateLimiter,
  type TenantRateLimiterOptions,
} from './tenant-rate-limiter.js';

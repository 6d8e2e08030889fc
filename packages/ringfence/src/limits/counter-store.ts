import type { TenantId } from '../context/index.js';
import type { RateLimitPolicy } from './rate-limiter.js';

/** Where a counter stands after it was counted on. */
export interface Count {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly msBeforeNext: number;
}

/** Counts under one policy: each tenant and subject has a counter of its own. */
export interface PolicyCounter {
  /** Counts one request. Rejects when the store is broken; a refusal is an answer. */
  count(tenantId: TenantId, subject: string): Promise<Count>;
}

/** Where counters are kept: in this process, in Redis, or in PostgreSQL. One contract suite holds all. */
export interface CounterStore {
  counterFor(policy: RateLimitPolicy): PolicyCounter;
}

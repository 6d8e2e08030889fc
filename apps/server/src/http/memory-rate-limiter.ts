import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimitDecision, RateLimiter } from 'ringfence/nest';

/** Counts in this process: two servers allow twice as much. Each tenant has its own count per route. */
export class MemoryRateLimiter implements RateLimiter {
  readonly #limit: number;
  readonly #counter: RateLimiterMemory;

  constructor(perSecond: number) {
    this.#limit = perSecond;
    this.#counter = new RateLimiterMemory({ points: perSecond, duration: 1 });
  }

  async take({ tenantId, route }: Parameters<RateLimiter['take']>[0]): Promise<RateLimitDecision> {
    try {
      return this.#decision(true, await this.#counter.consume(`${tenantId} ${route}`));
    } catch (refused) {
      // The package rejects with the count when it is used up, and with an Error when it is broken.
      if (refused instanceof Error) throw refused;
      return this.#decision(false, refused as RateLimiterRes);
    }
  }

  #decision(allowed: boolean, count: RateLimiterRes): RateLimitDecision {
    return {
      allowed,
      limit: this.#limit,
      remaining: Math.max(0, count.remainingPoints),
      resetSeconds: Math.ceil(count.msBeforeNext / 1000),
    };
  }
}

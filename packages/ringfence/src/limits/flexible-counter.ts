import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { TenantId } from '../context/index.js';
import type { Count, PolicyCounter } from './counter-store.js';

/** A limiter of the package rate-limiter-flexible as the counter of one policy. */
export function flexibleCounter(limiter: RateLimiterAbstract): PolicyCounter {
  return {
    async count(tenantId, subject) {
      try {
        return found(true, await limiter.consume(counterKey(tenantId, subject), 1, { tenantId }));
      } catch (refused) {
        // The package rejects with the count when it is used up, and with an Error when it is broken.
        if (refused instanceof Error) throw refused;
        return found(false, refused as RateLimiterRes);
      }
    },
  };
}

/** The tenant's id has a fixed length and stands first: no subject can spell another tenant's key. */
function counterKey(tenantId: TenantId, subject: string): string {
  return subject === '' ? tenantId : `${tenantId}:${subject}`;
}

function found(allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Count {
  return { allowed, remaining: allowed ? Math.max(0, remainingPoints) : 0, msBeforeNext };
}

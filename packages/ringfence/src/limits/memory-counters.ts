import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { CounterStore } from './counter-store.js';
import { flexibleCounter } from './flexible-counter.js';

/**
 * Counters in this process: two processes allow twice as much, and a restart forgets.
 *
 * @example
 * new TenantRateLimiter({ rules, store: memoryCounters() });
 */
export function memoryCounters(): CounterStore {
  return {
    counterFor: ({ name, requests, seconds }) =>
      flexibleCounter(
        new RateLimiterMemory({ keyPrefix: name, points: requests, duration: seconds }),
      ),
  };
}

import type { TenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { Count, CounterStore, PolicyCounter } from './counter-store.js';
import { memoryCounters } from './memory-counters.js';
import { type CountedPolicy, policiesFor } from './policies-for.js';
import type { RateLimitDecision, RateLimiter, RateLimitKey } from './rate-limiter.js';
import { checkRateRules, type RateRules, rulesOf } from './rate-rules.js';
import { StoreBreaker } from './store-breaker.js';

/**
 * What happens to requests while the store of counters is down.
 *
 * - `memory`: they are counted in this process, under the same rules, until the store is back.
 * - `open`: they pass uncounted.
 * - `closed`: they are refused, 503 `RATE_LIMITER_UNAVAILABLE`.
 */
export type StoreFailurePolicy = 'memory' | 'open' | 'closed';

/** Options of {@link TenantRateLimiter}. */
export interface TenantRateLimiterOptions {
  readonly rules: RateRules;
  readonly store: CounterStore;
  /** The plan of a tenant; asked for each request, so it answers from memory. Default: the default plan. */
  readonly planOf?: (tenantId: TenantId) => string | undefined;
  /** Default `memory`. */
  readonly whenStoreFails?: StoreFailurePolicy;
  /** How long the store may take, in milliseconds. Default 250. */
  readonly storeTimeoutMs?: number;
  /** How long a store that failed is left alone, in milliseconds. Default 500. */
  readonly storePauseMs?: number;
  /** Told when the store fails; while it is left alone there is nothing to tell. */
  readonly onStoreFailure?: (error: unknown) => void;
}

type Counted = readonly { readonly policy: CountedPolicy; readonly count: Count }[];

/**
 * Limits the requests of each tenant, of each of its people and API keys, and of each class of routes,
 * by what its plan allows; see {@link RateRules}.
 *
 * The actor's own counters are asked first: a request that they refuse is not counted for the tenant, so
 * one person's loop does not shut out colleagues.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` for impossible rules.
 * @example
 * const limiter = new TenantRateLimiter({ rules, store: redisCounters({ url }), whenStoreFails: 'closed' });
 */
export class TenantRateLimiter implements RateLimiter {
  readonly #rules: RateRules;
  readonly #options: TenantRateLimiterOptions;
  readonly #breaker: StoreBreaker;
  readonly #stored: Counters;
  readonly #insured: Counters;

  constructor(options: TenantRateLimiterOptions) {
    this.#rules = checkRateRules(options.rules);
    this.#options = options;
    this.#breaker = new StoreBreaker(options);
    this.#stored = new Counters(options.store);
    this.#insured = new Counters(memoryCounters());
  }

  /** @throws RingfenceError `RATE_LIMITER_UNAVAILABLE` when the store is down and the policy is `closed`. */
  async take(key: RateLimitKey): Promise<RateLimitDecision | undefined> {
    const rules = rulesOf(this.#rules, this.#options.planOf?.(key.tenantId));
    const { ofActor, ofTenant } = policiesFor(rules, key);
    const own = await this.#countAll(key.tenantId, ofActor);
    if (!own) return undefined;
    const refused = own.some(({ count }) => !count.allowed);
    const shared = refused ? [] : await this.#countAll(key.tenantId, ofTenant);
    if (!shared) return undefined;
    return decide([...own, ...shared], [...ofActor, ...ofTenant]);
  }

  /** @returns nothing when the store is down and requests pass. */
  async #countAll(
    tenantId: TenantId,
    policies: readonly CountedPolicy[],
  ): Promise<Counted | undefined> {
    if (policies.length === 0) return [];
    const counted = await this.#breaker.ask(() => this.#stored.countAll(tenantId, policies));
    if (counted) return counted;
    switch (this.#options.whenStoreFails ?? 'memory') {
      case 'memory':
        return this.#insured.countAll(tenantId, policies);
      case 'open':
        return undefined;
      default:
        throw new RingfenceError('RATE_LIMITER_UNAVAILABLE');
    }
  }
}

/** The counters of a store, each made at its first use: plans of one shape share them. */
class Counters {
  readonly #store: CounterStore;
  readonly #made = new Map<string, PolicyCounter>();

  constructor(store: CounterStore) {
    this.#store = store;
  }

  countAll(tenantId: TenantId, policies: readonly CountedPolicy[]): Promise<Counted> {
    return Promise.all(
      policies.map(async (policy) => ({
        policy,
        count: await this.#counterFor(policy).count(tenantId, policy.subject),
      })),
    );
  }

  #counterFor({ name, requests, seconds }: CountedPolicy): PolicyCounter {
    const id = `${name} ${requests} ${seconds}`;
    const known = this.#made.get(id);
    if (known) return known;
    const counter = this.#store.counterFor({ name, requests, seconds });
    this.#made.set(id, counter);
    return counter;
  }
}

/** The tightest of the counters speaks for all: the longest wait of those that refuse, else the fewest left. */
function decide(
  counted: Counted,
  policies: readonly CountedPolicy[],
): RateLimitDecision | undefined {
  const refusing = counted.filter(({ count }) => !count.allowed);
  const [tightest] =
    refusing.length > 0
      ? refusing.toSorted((a, b) => b.count.msBeforeNext - a.count.msBeforeNext)
      : counted.toSorted((a, b) => a.count.remaining - b.count.remaining);
  if (!tightest) return undefined;
  const { policy, count } = tightest;
  return {
    allowed: refusing.length === 0,
    policy: policy.name,
    limit: policy.requests,
    remaining: count.remaining,
    resetSeconds: count.msBeforeNext / 1000,
    policies: policies.map(({ name, requests, seconds }) => ({ name, requests, seconds })),
  };
}

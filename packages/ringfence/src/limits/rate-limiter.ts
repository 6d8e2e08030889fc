import type { Actor, TenantId } from '../context/index.js';

/** So many requests in so many seconds, under a name that clients are told. */
export interface RateLimitPolicy {
  /** For example `tenant-burst`; the same for every tenant of a plan. */
  readonly name: string;
  readonly requests: number;
  readonly seconds: number;
}

/** What a limiter says about one request: where the policy stands that is nearest to its end. */
export interface RateLimitDecision {
  readonly allowed: boolean;
  /** Name of that policy. */
  readonly policy: string;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  /** Every policy that this request was counted under. */
  readonly policies: readonly RateLimitPolicy[];
}

/** What is counted: whose request it is (`actor.id` of a key names the key), and what it asks for. */
export interface RateLimitKey {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  /** Method and pattern, `GET /projects/:id`. */
  readonly route: string;
  /** What kind of work the route is: `read`, `write`, or what `@RouteClass` says. */
  readonly routeClass: string;
}

/**
 * Counts requests. Answers nothing when nothing limits the request, or when nothing can be known and
 * the limiter's policy is to let pass. When it throws, the request fails: it does not pass.
 */
export interface RateLimiter {
  take(key: RateLimitKey): Promise<RateLimitDecision | undefined>;
}

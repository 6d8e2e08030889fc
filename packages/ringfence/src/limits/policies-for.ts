import type { RateLimitKey, RateLimitPolicy } from './rate-limiter.js';
import type { PlanRules, RateLimits } from './rate-rules.js';

/** One counter that a request is counted on. */
export interface CountedPolicy extends RateLimitPolicy {
  /** Who shares the counter, within the tenant and the policy: an actor's id, or everybody. */
  readonly subject: string;
}

/** Whom a refusal concerns: the actor alone is asked first, so that it does not use up the tenant's share. */
export interface PoliciesOfRequest {
  readonly ofActor: readonly CountedPolicy[];
  readonly ofTenant: readonly CountedPolicy[];
}

/**
 * The policies of a plan that count a request.
 *
 * @example
 * policiesFor(plan, key).ofTenant; // [{ name: 'tenant-burst', requests: 100, seconds: 1, subject: '' }]
 */
export function policiesFor(plan: PlanRules, key: RateLimitKey): PoliciesOfRequest {
  const { actor, routeClass } = key;
  const ofClass = Object.entries(plan.routeClass ?? {}).find(([name]) => name === routeClass)?.[1];
  return {
    ofActor: [
      ...(actor.kind === 'user' ? windows('user', plan.user, actor.id) : []),
      ...(actor.kind === 'api-key' ? windows('api-key', plan.apiKey, actor.id) : []),
    ],
    ofTenant: [
      ...windows(`class-${routeClass}`, ofClass, ''),
      // Operators and the platform itself must not use up what the tenant pays for.
      ...(actor.kind === 'user' || actor.kind === 'api-key'
        ? windows('tenant', plan.tenant, '')
        : []),
    ],
  };
}

function windows(of: string, limits: RateLimits | undefined, subject: string): CountedPolicy[] {
  return (['burst', 'sustained'] as const).flatMap((kind) => {
    const window = limits?.[kind];
    return window ? [{ name: `${of}-${kind}`, ...window, subject }] : [];
  });
}

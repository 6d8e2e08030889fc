import { describe, expect, it } from 'vitest';
import { type Actor, parseTenantId } from '../context/index.js';
import { memoryCounters } from './memory-counters.js';
import type { RateLimits, RateRules } from './rate-rules.js';
import { TenantRateLimiter, type TenantRateLimiterOptions } from './tenant-rate-limiter.js';

const A = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');
const B = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0b002');
const person = (id: string): Actor => ({ kind: 'user', id, sessionId: 's', role: 'member' });
const apiKey = (id: string): Actor => ({ kind: 'api-key', id, role: 'member' });
const burst = (requests: number): RateLimits => ({ burst: { requests, seconds: 600 } });

function limiterOf(rules: RateRules['plans'][string], more?: Partial<TenantRateLimiterOptions>) {
  const limiter = new TenantRateLimiter({
    rules: { defaultPlan: 'free', plans: { free: rules, paid: { tenant: burst(100) } } },
    store: memoryCounters(),
    ...more,
  });
  return (tenantId: typeof A, actor: Actor, routeClass = 'read') =>
    limiter.take({ tenantId, actor, route: 'GET /projects', routeClass });
}

async function allowed(times: number, take: () => Promise<{ allowed: boolean } | undefined>) {
  let count = 0;
  for (let request = 0; request < times; request += 1) if ((await take())?.allowed) count += 1;
  return count;
}

describe('TenantRateLimiter', () => {
  it('limits a tenant over all its people, and no other tenant', async () => {
    const take = limiterOf({ tenant: burst(3) });
    expect(await allowed(2, () => take(A, person('u1')))).toBe(2);
    expect(await allowed(5, () => take(A, apiKey('k1')))).toBe(1);
    expect(await allowed(5, () => take(B, person('u1')))).toBe(3);
  });

  it('limits each person and each key for itself, also where they share an id', async () => {
    const take = limiterOf({ user: burst(2), apiKey: burst(1) });
    expect(await allowed(5, () => take(A, person('same')))).toBe(2);
    expect(await allowed(5, () => take(A, apiKey('same')))).toBe(1);
    expect(await allowed(5, () => take(A, person('u2')))).toBe(2);
    expect(await allowed(5, () => take(B, person('same')))).toBe(2);
  });

  it('limits classes of routes', async () => {
    const take = limiterOf({ tenant: burst(100), routeClass: { export: burst(1) } });
    expect(await allowed(5, () => take(A, person('u1'), 'export'))).toBe(1);
    expect(await allowed(5, () => take(A, person('u1'), 'read'))).toBe(5);
  });

  it('does not use up the share of the tenant with what the actor was refused', async () => {
    const take = limiterOf({ tenant: burst(5), user: burst(2) });
    expect(await allowed(50, () => take(A, person('loop')))).toBe(2);
    expect(await allowed(5, () => take(A, person('colleague')))).toBe(2);
    expect(await allowed(5, () => take(A, person('third')))).toBe(1);
  });

  it('limits bursts and what is sustained, and tells of the one that is tighter', async () => {
    const take = limiterOf({
      tenant: { burst: { requests: 5, seconds: 1 }, sustained: { requests: 3, seconds: 600 } },
    });
    expect(await take(A, person('u1'))).toMatchObject({
      allowed: true,
      policy: 'tenant-sustained',
      limit: 3,
      remaining: 2,
      policies: [
        { name: 'tenant-burst', requests: 5, seconds: 1 },
        { name: 'tenant-sustained', requests: 3, seconds: 600 },
      ],
    });
    expect(await allowed(4, () => take(A, person('u1')))).toBe(2);
    const refused = await take(A, person('u1'));
    expect(refused).toMatchObject({ allowed: false, policy: 'tenant-sustained', remaining: 0 });
    expect(refused?.resetSeconds).toBeGreaterThan(60);
  });

  it('gives each tenant what its plan allows; a plan that is gone is the default', async () => {
    const plans = new Map([
      [A, 'paid'],
      [B, 'constructor'],
    ]);
    const take = limiterOf({ tenant: burst(2) }, { planOf: (tenantId) => plans.get(tenantId) });
    expect(await allowed(10, () => take(A, person('u1')))).toBe(10);
    expect(await allowed(10, () => take(B, person('u1')))).toBe(2);
  });

  it('says nothing of what nothing limits', async () => {
    const take = limiterOf({ tenant: burst(1) });
    const operator: Actor = { kind: 'operator', id: 'o1', grantId: 'g1' };
    expect(await take(A, operator)).toBeUndefined();
    expect(await limiterOf({})(A, person('u1'))).toBeUndefined();
  });

  it.each<[string, RateRules]>([
    ['no default', { defaultPlan: 'free', plans: {} }],
    ['an inherited default', { defaultPlan: 'constructor', plans: {} }],
    ['a window of nothing', { defaultPlan: 'free', plans: { free: { tenant: burst(0) } } }],
    ['a broken window', { defaultPlan: 'free', plans: { free: { user: burst(1.5) } } }],
    [
      'a class named oddly',
      { defaultPlan: 'free', plans: { free: { routeClass: { 'A"': burst(1) } } } },
    ],
    [
      'a class with a window of nothing',
      { defaultPlan: 'free', plans: { free: { routeClass: { tenant: burst(0) } } } },
    ],
  ])('refuses rules with %s', (_fault, rules) => {
    expect(() => new TenantRateLimiter({ rules, store: memoryCounters() })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });
});

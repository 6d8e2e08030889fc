import { parseTenantId } from 'ringfence/context';
import { describe, expect, it } from 'vitest';
import { MemoryRateLimiter } from './memory-rate-limiter.js';

const A = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');
const B = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0b002');

const actor = { kind: 'system', reason: 'test' } as const;

describe('MemoryRateLimiter', () => {
  it('counts each tenant and each route for itself', async () => {
    const limiter = new MemoryRateLimiter(2);
    const take = (tenantId: typeof A, route: string) => limiter.take({ tenantId, route, actor });
    expect(await take(A, 'GET /projects')).toMatchObject({ allowed: true, limit: 2, remaining: 1 });
    expect(await take(A, 'GET /projects')).toMatchObject({ allowed: true, remaining: 0 });
    expect(await take(A, 'GET /projects')).toMatchObject({ allowed: false, remaining: 0 });
    expect(await take(B, 'GET /projects')).toMatchObject({ allowed: true });
    expect(await take(A, 'GET /users')).toMatchObject({ allowed: true });
  });

  it('says when to come again', async () => {
    const limiter = new MemoryRateLimiter(1);
    const { resetSeconds } = await limiter.take({ tenantId: A, route: 'GET /projects', actor });
    expect(resetSeconds).toBe(1);
  });
});

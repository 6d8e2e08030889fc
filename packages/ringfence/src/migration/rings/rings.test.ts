import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TENANT_STATES } from '../../sql/index.js';
import type { TenantCounts } from '../ledger/index.js';
import { placeOf, ringOf } from './assign-rings.js';
import { judgeRing, type RingEvidence } from './judge-ring.js';

const RINGS = [
  { position: 1, selector: { list: ['acme'] } },
  { position: 2, selector: { plan: 'internal' } },
  { position: 3, selector: { rowsUpTo: 10 } },
  { position: 4, selector: { share: 0.1 } },
  { position: 5, selector: { share: 1 } },
];

describe('ringOf', () => {
  it('takes the first ring that wants the tenant', () => {
    const id = randomUUID();
    expect(ringOf('m', { id, slug: 'acme', plan: 'internal' }, RINGS)).toBe(1);
    expect(ringOf('m', { id, slug: 'x', plan: 'internal', rows: 3 }, RINGS)).toBe(2);
    expect(ringOf('m', { id, slug: 'x', rows: 10 }, RINGS)).toBe(3);
    expect([4, 5]).toContain(ringOf('m', { id, slug: 'x', rows: 11 }, RINGS));
    expect(ringOf('m', { id, slug: 'x' }, [{ position: 1, selector: { list: [id] } }])).toBe(1);
  });

  it('takes about the share, always the same ones, and others in another migration', () => {
    const ids = Array.from({ length: 5000 }, () => randomUUID());
    const first = ids.filter((id) => placeOf('m', id) < 0.1);
    expect(first.length).toBeGreaterThan(400);
    expect(first.length).toBeLessThan(600);
    expect(ids.filter((id) => placeOf('m', id) < 0.1)).toEqual(first);
    expect(first.filter((id) => placeOf('other', id) < 0.1).length).toBeLessThan(150);
  });
});

const counts = (some: Partial<TenantCounts>): TenantCounts => ({
  ...(Object.fromEntries(TENANT_STATES.map((state) => [state, 0])) as unknown as TenantCounts),
  ...some,
});
const signals = (errorShare: number, p95Ms: number, requests = 1000) => ({
  requests,
  errorShare,
  p95Ms,
});

describe('judgeRing', () => {
  const judge = (given: Partial<RingEvidence>, soakMs = 0) =>
    judgeRing({
      ring: {
        tenants: counts({ switched: 98, quarantined: 2 }),
        gates: {
          failedShare: 0.02,
          mismatches: 5,
          errorShareGrowth: 0.01,
          p95Growth: 1.5,
          soakMs,
          approval: false,
        },
      },
      quarantined: 2,
      mismatches: 5,
      finishedMs: 1000,
      before: signals(0.001, 20),
      since: signals(0.011, 30),
      approved: false,
      ...given,
    });

  it('passes what stays within every limit, to the limit itself', () => {
    expect(judge({})).toMatchObject({ verdict: 'pass' });
  });

  it.each([
    ['failed tenants', { quarantined: 3 }, /3 of 100 tenants/],
    ['mismatches', { mismatches: 6 }, /6 rows/],
    ['more errors', { since: signals(0.02, 20) }, /2.00 % of requests fail, before 0.10 %/],
    ['slower answers', { since: signals(0, 31) }, /31.0 ms, before 20.0 ms/],
  ])('holds for %s', (_, given, reason) => {
    expect(judge(given)).toMatchObject({ verdict: 'hold', reason: expect.stringMatching(reason) });
  });

  it('says nothing about few requests, or none', () => {
    expect(judge({ since: signals(0.5, 900, 99) })).toMatchObject({ verdict: 'pass' });
    expect(judge({ before: undefined, since: signals(1, 900) })).toMatchObject({ verdict: 'pass' });
  });

  it('waits for the soak, but not for an empty ring', () => {
    expect(judge({}, 3000)).toEqual({ verdict: 'wait', reason: 'soaks for 2 s more' });
    expect(judge({ finishedMs: 3000 }, 3000)).toMatchObject({ verdict: 'pass' });
  });

  it('believes a person who has looked', () => {
    expect(judge({ mismatches: 1000, approved: true })).toMatchObject({ verdict: 'pass' });
  });
});

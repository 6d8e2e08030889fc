import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { parseTenantId, type TenantId } from '../context/index.js';
import type { CounterStore } from './counter-store.js';

const TENANTS: readonly [TenantId, TenantId] = [
  parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001'),
  parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0b002'),
];

/**
 * What every store of counters must do.
 *
 * @param open another process's view of the same counters, each time
 * @param tenants real ones, where the store needs them
 */
export function counterContract(open: () => CounterStore, tenants = () => TENANTS): void {
  let made = 0;
  const policy = (requests: number, seconds = 600) => {
    made += 1;
    return { name: `policy-${made}`, requests, seconds };
  };

  it('allows so many and no more, and says how many are left and for how long', async () => {
    const [a] = tenants();
    const counter = open().counterFor(policy(3));
    const counts = [];
    for (let request = 0; request < 5; request += 1) counts.push(await counter.count(a, ''));
    expect(counts.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
    expect(counts.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
    for (const { msBeforeNext } of counts) {
      expect(msBeforeNext).toBeGreaterThan(0);
      expect(msBeforeNext).toBeLessThanOrEqual(600_000);
    }
  });

  it('allows exactly so many of requests that come together', async () => {
    const [a] = tenants();
    const counter = open().counterFor(policy(20));
    const counts = await Promise.all(Array.from({ length: 100 }, () => counter.count(a, 'same')));
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(20);
  });

  it('keeps tenants, subjects and policies apart', async () => {
    const [a, b] = tenants();
    const store = open();
    const [one, other] = [store.counterFor(policy(1)), store.counterFor(policy(1))];
    expect((await one.count(a, 'u1')).allowed).toBe(true);
    expect((await one.count(a, 'u1')).allowed).toBe(false);
    expect((await one.count(a, 'u2')).allowed).toBe(true);
    expect((await one.count(a, '')).allowed).toBe(true);
    expect((await one.count(b, 'u1')).allowed).toBe(true);
    expect((await other.count(a, 'u1')).allowed).toBe(true);
  });

  it('does not let the id of a subject spell the counter of another tenant', async () => {
    const [a, b] = tenants();
    const counter = open().counterFor(policy(1));
    await counter.count(a, '');
    await counter.count(a, `${b}`);
    await counter.count(a, `:${b}`);
    expect((await counter.count(b, '')).allowed).toBe(true);
  });

  it('begins anew when the window is over, and not before', async () => {
    const [a] = tenants();
    const counter = open().counterFor(policy(1, 1));
    expect((await counter.count(a, '')).allowed).toBe(true);
    const refused = await counter.count(a, '');
    expect(refused.allowed).toBe(false);
    // Later than it said by what timers and the clocks of stores are coarse.
    await pause(refused.msBeforeNext + 50);
    expect((await counter.count(a, '')).allowed).toBe(true);
  });
}

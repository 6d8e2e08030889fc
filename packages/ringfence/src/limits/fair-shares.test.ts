import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseTenantId, type TenantId } from '../context/index.js';
import { FairShares } from './fair-shares.js';

const tenant = (n: number): TenantId =>
  parseTenantId(`8c5f4d0e-9b1a-4f66-9a63-${n.toString(16).padStart(12, '0')}`);
const [A, B, C] = [tenant(1), tenant(2), tenant(3)] as [TenantId, TenantId, TenantId];

/** Takes one for a tenant; `order` gets its name when it is granted. */
function asker(shares: FairShares, order: string[]) {
  return (tenantId: TenantId, name: string): void =>
    shares.take(tenantId, (refused) => order.push(refused ? `${name} refused` : name));
}

describe('FairShares', () => {
  it('gives no tenant more than its share, also when all the rest is free', () => {
    const order: string[] = [];
    const shares = new FairShares({ total: 10, perTenant: 3 });
    const take = asker(shares, order);
    for (let n = 0; n < 9; n += 1) take(A, `a${n}`);
    take(B, 'b0');
    expect(order).toEqual(['a0', 'a1', 'a2', 'b0']);
    expect([shares.heldBy(A), shares.waitingOf(A), shares.heldBy(B)]).toEqual([3, 6, 1]);
    shares.give(A);
    expect(order.at(-1)).toBe('a3');
    expect(shares.heldBy(A)).toBe(3);
  });

  it('goes round: whoever has a thousand waiting delays another by one turn', () => {
    const order: string[] = [];
    const shares = new FairShares({ total: 2, perTenant: 2, queue: 1000 });
    const take = asker(shares, order);
    for (let n = 0; n < 1000; n += 1) take(A, `a${n}`);
    for (const name of ['b0', 'b1']) take(B, name);
    take(C, 'c0');
    for (let n = 0; n < 6; n += 1) shares.give(shares.heldBy(A) > 0 ? A : B);
    expect(order.slice(2, 7)).toEqual(['b0', 'c0', 'a2', 'b1', 'a3']);
  });

  it('refuses what comes when the queue is full, and what has waited too long', async () => {
    const order: string[] = [];
    const shares = new FairShares({ total: 1, perTenant: 1, queue: 1, waitMs: 20 });
    const take = asker(shares, order);
    for (const name of ['a0', 'a1', 'a2']) take(A, name);
    expect(order).toEqual(['a0', 'a2 refused']);
    await expect(shares.run(A, async () => 1)).rejects.toMatchObject({
      code: 'CONCURRENCY_LIMITED',
      status: 429,
      retryAfterSeconds: 1,
    });
    while (!order.includes('a1 refused')) await pause(5);
    // What waited and left takes no turn any more.
    shares.give(A);
    expect(shares.heldBy(A)).toBe(0);
    take(B, 'b0');
    expect(order.at(-1)).toBe('b0');
  });

  it('shares by tenant, and asks each time', () => {
    const order: string[] = [];
    const share = new Map([
      [A, 1],
      [B, 2],
    ]);
    const shares = new FairShares({ perTenant: (id) => share.get(id) ?? 1 });
    const take = asker(shares, order);
    for (const name of ['a0', 'a1', 'a2', 'a3']) take(A, name);
    for (const name of ['b0', 'b1', 'b2']) take(B, name);
    expect(order).toEqual(['a0', 'b0', 'b1']);
    share.set(A, 3);
    shares.give(A);
    expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'a3']);
  });

  it('keeps nothing of tenants that are done, and counts nothing below zero', () => {
    const shares = new FairShares({ total: 1, perTenant: 1 });
    shares.give(A);
    shares.take(A, () => undefined);
    shares.give(A);
    shares.give(A);
    const order: string[] = [];
    const take = asker(shares, order);
    for (const [id, name] of [
      [A, 'a0'],
      [B, 'b0'],
    ] as const)
      take(id, name);
    expect(order).toEqual(['a0']);
  });

  it('survives ten thousand that give back at once', () => {
    const shares = new FairShares({ total: 1, perTenant: 1, queue: 10_000 });
    let done = 0;
    shares.take(A, () => undefined);
    for (let n = 0; n < 10_000; n += 1) {
      shares.take(A, () => {
        done += 1;
        shares.give(A);
      });
    }
    shares.give(A);
    expect(done).toBe(10_000);
    expect([shares.heldBy(A), shares.waitingOf(A)]).toEqual([0, 0]);
  });

  it('never holds more than there is, whatever the order', async () => {
    const shares = new FairShares({ total: 5, perTenant: 2, queue: 1000 });
    const held = new Map<TenantId, number>();
    let [all, most, served] = [0, 0, 0];
    const work = (id: TenantId) =>
      shares.run(id, async () => {
        const own = (held.get(id) ?? 0) + 1;
        held.set(id, own);
        all += 1;
        most = Math.max(most, all);
        expect(own).toBeLessThanOrEqual(2);
        await pause(Math.random() * 2);
        held.set(id, (held.get(id) ?? 0) - 1);
        all -= 1;
        served += 1;
      });
    await Promise.all(Array.from({ length: 400 }, (_, n) => work(tenant(n % 7))));
    expect(most).toBe(5);
    expect(served).toBe(400);
  });

  it.each([
    { perTenant: 0 },
    { perTenant: 1, total: 0 },
    { perTenant: 1, waitMs: Number.NaN },
    { perTenant: 1, queue: -1 },
  ])('refuses %j', (options) => {
    expect(() => new FairShares(options)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });
});

describe('the share of the slow', () => {
  let clock = 0;
  afterEach(() => vi.restoreAllMocks());

  /** Eight calls under way for each tenant; each time the clock goes on, all that hold one give it back. */
  function storms(ms: number, rounds: number, among: readonly TenantId[]): FairShares {
    clock = 1000;
    vi.spyOn(performance, 'now').mockImplementation(() => clock);
    const shares = new FairShares({ total: 10, perTenant: 4, slow: { ms: 20, perTenant: 1 } });
    for (const tenantId of among) {
      for (let n = 0; n < 8; n += 1) shares.take(tenantId, () => undefined);
    }
    for (let round = 0; round < rounds; round += 1) {
      clock += ms;
      for (const tenantId of among) {
        for (let held = shares.heldBy(tenantId); held > 0; held -= 1) {
          shares.take(tenantId, () => undefined);
          shares.give(tenantId);
        }
      }
    }
    return shares;
  }

  it('is all that a tenant gets whose calls take long, and nobody else', () => {
    const shares = storms(100, 20, [A]);
    expect([shares.heldBy(A), shares.waitingOf(A)]).toEqual([1, 7]);
    for (let n = 0; n < 5; n += 1) shares.take(B, () => undefined);
    expect(shares.heldBy(B)).toBe(4);
  });

  it('is not met by short calls, however many there are', () => {
    for (const ms of [1, 5, 15]) {
      const shares = storms(ms, 200, [A, B]);
      expect([shares.heldBy(A), shares.heldBy(B)]).toEqual([4, 4]);
    }
  });

  it('is over when calls are short again', () => {
    const shares = storms(100, 20, [A]);
    expect(shares.heldBy(A)).toBe(1);
    for (let n = 0; n < 60; n += 1) {
      clock += 1;
      shares.take(A, () => undefined);
      shares.give(A);
    }
    expect(shares.heldBy(A)).toBe(4);
  });

  it.each([
    { ms: 0, perTenant: 1 },
    { ms: 20, perTenant: 0 },
  ])('cannot be %j', (slow) => {
    expect(() => new FairShares({ perTenant: 1, slow })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });
});

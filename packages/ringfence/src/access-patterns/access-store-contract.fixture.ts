import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '../context/index.js';
import type { AccessCount, AccessStore } from './access-store.js';
import { type NewAlert, PLATFORM } from './alert.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 10, 27, 12);

/** Two nodes that share one store, and two tenants. */
export interface StoreUnderTest {
  readonly nodes: readonly [AccessStore, AccessStore];
  readonly a: TenantId;
  readonly b: TenantId;
}

/** What every store does: memory and PostgreSQL run it. */
export function describeAccessStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let nodes: StoreUnderTest['nodes'];
    let a: TenantId;
    let b: TenantId;
    beforeAll(async () => {
      ({ nodes, a, b } = await make());
    });

    const counted = (change: Partial<AccessCount> = {}): AccessCount => ({
      subject: `user:${randomUUID()}`,
      measure: 'rows/3600',
      startsAt: NOON,
      amount: 1,
      members: [],
      expiresAt: NOON + DAY,
      day: NOON - 12 * HOUR,
      ...change,
    });
    const add = async (owner: TenantId, count: AccessCount, node: 0 | 1 = 0) => {
      const [total] = await nodes[node].add(owner, count.startsAt, [count]);
      return total;
    };

    it('adds up what several nodes count', async () => {
      const count = counted({ amount: 7 });
      expect(await add(a, count)).toMatchObject({ amount: 7 });
      expect(await add(a, { ...count, amount: 5 }, 1)).toMatchObject({ amount: 12 });
    });

    it('keeps tenants, subjects, measures and windows apart', async () => {
      const count = counted();
      await add(a, count);
      expect(await add(b, count)).toMatchObject({ amount: 1 });
      expect(await add(PLATFORM, count)).toMatchObject({ amount: 1 });
      expect(await add(a, { ...count, subject: 'tenant' })).toMatchObject({ amount: 1 });
      expect(await add(a, { ...count, measure: 'reads/3600' })).toMatchObject({ amount: 1 });
      expect(await add(a, { ...count, startsAt: NOON + HOUR })).toMatchObject({ amount: 1 });
      expect(await add(a, count)).toMatchObject({ amount: 2 });
    });

    it('counts members once, and takes out what begins with a minus', async () => {
      const count = counted({ members: ['x', 'y'] });
      expect(await add(a, count)).toMatchObject({ members: 2, known: 0, fresh: 2 });
      const again = await add(a, { ...count, members: ['y', 'z'] }, 1);
      expect(again).toMatchObject({ members: 3, known: 2, fresh: 1 });
      expect(await add(a, { ...count, members: ['-x', '-w'] })).toMatchObject({ members: 2 });
      expect(await add(a, { ...count, members: ['x', 'w'] })).toMatchObject({ members: 4 });
    });

    it('keeps two hundred members and no more', async () => {
      const names = (from: number) => Array.from({ length: 150 }, (_, at) => `m${from + at}`);
      const count = counted({ members: names(0) });
      await add(a, count);
      expect(await add(a, { ...count, members: names(150) })).toMatchObject({ members: 200 });
    });

    it('knows the highest window of each day before, and on how many days there was one', async () => {
      const base = { base: 'rows/peak' };
      const count = counted({ ...base });
      const on = (daysAgo: number, amount: number) =>
        add(a, {
          ...count,
          startsAt: NOON - daysAgo * DAY,
          day: NOON - 12 * HOUR - daysAgo * DAY,
          amount,
        });
      await on(36, 9000);
      await on(3, 40);
      await on(1, 30);
      expect(await on(0, 500)).toMatchObject({ amount: 500, highest: 40, days: 2 });
      expect(await on(0, 1)).toMatchObject({ amount: 501, highest: 40, days: 2 });
    });

    it('answers in the order of the question, also for two windows of one day', async () => {
      const base = { base: 'rows/peak' };
      const first = counted({ ...base, amount: 3 });
      const [one, two, three] = await nodes[0].add(a, NOON + HOUR, [
        first,
        { ...first, startsAt: NOON + HOUR, amount: 4 },
        counted({ amount: 5 }),
      ]);
      expect([one?.amount, two?.amount, three?.amount]).toEqual([3, 4, 5]);
    });

    const alert = (owner: TenantId, change: Partial<NewAlert> = {}): NewAlert => ({
      id: randomUUID(),
      owner,
      rule: 'id-probing',
      severity: 'warning',
      subject: `user:${randomUUID()}`,
      at: NOON,
      coolDown: 3600,
      evidence: { count: 20, threshold: 20, window: 600 },
      ...change,
    });

    it('takes an alert once per rule, subject, owner and time of cooling down', async () => {
      const first = alert(a);
      const { subject } = first;
      expect(await nodes[0].raise(first)).toBe(true);
      expect(await nodes[1].raise(alert(a, { subject, at: NOON + 1000 }))).toBe(false);
      expect(await nodes[0].raise(alert(a, { subject, rule: 'mass-export' }))).toBe(true);
      expect(await nodes[0].raise(alert(b, { subject }))).toBe(true);
      expect(await nodes[0].raise(alert(PLATFORM, { subject }))).toBe(true);
      expect(await nodes[1].raise(alert(a, { subject, at: NOON + HOUR }))).toBe(true);
    });

    it('takes twenty of a rule and an owner within an hour, so that many actors bury nothing', async () => {
      const rule = `rule-${randomUUID()}`;
      const raised: boolean[] = [];
      for (let at = 0; at < 22; at += 1) {
        raised.push(await nodes[0].raise(alert(a, { rule, at: NOON + at })));
      }
      expect(raised.filter(Boolean)).toHaveLength(20);
      expect(await nodes[0].raise(alert(b, { rule }))).toBe(true);
      expect(await nodes[0].raise(alert(a, { rule: `${rule}-2` }))).toBe(true);
      expect(await nodes[1].raise(alert(a, { rule, at: NOON + 2 * HOUR }))).toBe(true);
    });

    it('takes one of many that are raised at the same moment', async () => {
      const subject = `user:${randomUUID()}`;
      const raised = await Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          nodes[at % 2 === 0 ? 0 : 1].raise(alert(a, { subject })),
        ),
      );
      expect(raised.filter(Boolean)).toHaveLength(1);
    });
  });
}

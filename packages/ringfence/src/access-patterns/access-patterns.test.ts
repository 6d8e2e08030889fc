import { describe, expect, it } from 'vitest';
import { parseTenantId, type TenantId } from '../context/index.js';
import type { AccessEvent } from './access-event.js';
import { AccessPatterns, type AccessPatternsLimits } from './access-patterns.js';
import type { AccessCount, AccessStore } from './access-store.js';
import { PLATFORM } from './alert.js';
import { memoryAccessStore } from './memory-access-store.js';

const NOW = Date.UTC(2026, 10, 27, 12);
const tenant = (n: number): TenantId =>
  parseTenantId(`8c5f4d0e-9b1a-4f66-9a63-${String(n).padStart(12, '0')}`);
const user = (id: string) => ({ kind: 'user', id }) as const;
const read = (n: number, id: string, change: Partial<AccessEvent> = {}): AccessEvent => ({
  at: NOW,
  kind: 'read',
  tenantId: tenant(n),
  actor: user(id),
  ...change,
});

/** A store that says what it was given, and fails when it is told to. */
function watched(inner: AccessStore = memoryAccessStore()) {
  const given = new Map<TenantId, AccessCount[]>();
  const state = { adding: true, raising: true };
  const store: AccessStore = {
    add: async (owner, at, counts) => {
      if (!state.adding) throw new Error('away');
      given.set(owner, [...(given.get(owner) ?? []), ...counts]);
      return inner.add(owner, at, counts);
    },
    raise: async (alert) => {
      if (!state.raising) throw new Error('away');
      return inner.raise(alert);
    },
  };
  return { store, given, state };
}

const SMALL: AccessPatternsLimits = { owners: 3, subjects: 4, networks: 5, counters: 50 };

describe('the memory of a node', () => {
  it('is bounded per tenant: whoever has many actors has them counted together', async () => {
    const { store, given } = watched();
    const patterns = new AccessPatterns({ store, limits: SMALL });
    for (let n = 0; n < 1000; n += 1) patterns.observe(read(1, `u${n}`));
    patterns.observe(read(2, 'only'));
    await patterns.flush(NOW, true);
    const reads = given.get(tenant(1))?.filter(({ measure }) => measure === 'reads/3600');
    expect(reads?.map(({ subject, amount }) => [subject, amount])).toEqual([
      ['user:u0', 1],
      ['user:u1', 1],
      ['user:u2', 1],
      ['user:u3', 1],
      ['others', 996],
    ]);
    expect(given.get(tenant(2))).toMatchObject([{ subject: 'user:only', amount: 1 }]);
  });

  it('is bounded in tenants, and keeps the place of strangers', async () => {
    const { store, given } = watched();
    const patterns = new AccessPatterns({ store, limits: SMALL });
    for (let n = 0; n < 10; n += 1) patterns.observe(read(n, 'u'));
    for (let n = 0; n < 100; n += 1) {
      const network = `10.0.${n}.0/24`;
      patterns.observe({ at: NOW, kind: 'read', network, code: 'TOKEN_INVALID' });
    }
    await patterns.flush(NOW, true);
    expect([...given.keys()]).toEqual([tenant(0), tenant(1), tenant(2), PLATFORM]);
    expect(patterns.dropped).toBe(7);
    // Networks and everybody: five places.
    const subjects = given.get(PLATFORM)?.map(({ subject }) => subject);
    expect(subjects).toHaveLength(6);
    expect(subjects).toContain('others');
  });

  it('is bounded while the store is away for long', async () => {
    const { store, state } = watched();
    state.adding = false;
    const patterns = new AccessPatterns({ store, limits: SMALL });
    for (let hour = 0; hour < 200; hour += 1) {
      patterns.observe(read(1, 'u', { at: NOW + hour * 3_600_000 }));
      await patterns.flush(NOW, true);
    }
    expect(patterns.dropped).toBe(150);
  });

  it('keeps two hundred members of a counter, and three requests', async () => {
    const { store, given } = watched();
    const patterns = new AccessPatterns({ store });
    for (let n = 0; n < 1000; n += 1) {
      patterns.observe(read(1, 'u', { code: 'NOT_FOUND', target: `t${n}`, requestId: `r${n}` }));
    }
    const alerts = await patterns.flush(NOW, true);
    const members = given.get(tenant(1))?.map((count) => count.members.length) ?? [];
    expect(Math.max(...members)).toBe(200);
    const probing = alerts.find(({ rule }) => rule === 'id-probing');
    expect(probing?.evidence.requestIds).toEqual(['r997', 'r998', 'r999']);
  });
});

describe('a store that is away', () => {
  it('loses nothing: counts and alerts are sent when it is back', async () => {
    const { store, state } = watched();
    const failures: unknown[] = [];
    const patterns = new AccessPatterns({ store, onFailure: (error) => failures.push(error) });
    const probe = (from: number, to: number): void => {
      for (let n = from; n < to; n += 1) {
        patterns.observe(read(1, 'u', { code: 'NOT_FOUND', target: `t${n}` }));
      }
    };
    state.adding = false;
    probe(0, 12);
    expect(await patterns.flush(NOW)).toEqual([]);
    probe(12, 20);
    state.adding = true;
    state.raising = false;
    expect(await patterns.flush(NOW)).toEqual([]);
    expect(failures).toHaveLength(2);
    state.raising = true;
    // Nothing new has come: what was found is still raised.
    expect(await patterns.flush(NOW)).toMatchObject([
      { rule: 'id-probing', evidence: { count: 20, codes: { NOT_FOUND: 20 } } },
    ]);
  });
});

describe('a flush', () => {
  it('waits with what is not urgent, and not with refusals', async () => {
    const { store, given } = watched();
    const patterns = new AccessPatterns({ store });
    patterns.observe(read(1, 'u'));
    patterns.observe(read(2, 'u', { code: 'PERMISSION_DENIED' }));
    await patterns.flush(NOW + 1000);
    expect([...given.keys()]).toEqual([tenant(2)]);
    await patterns.flush(NOW + 30_000);
    expect([...given.keys()]).toEqual([tenant(2), tenant(1)]);
  });

  it('runs one at a time, and sends each count once', async () => {
    const { store, given } = watched();
    const patterns = new AccessPatterns({ store });
    for (let n = 0; n < 50; n += 1) {
      patterns.observe(read(1, 'u'));
      void patterns.flush(NOW, true);
    }
    await patterns.flush(NOW, true);
    const reads = given.get(tenant(1))?.map(({ amount }) => amount) ?? [];
    expect(reads.reduce((sum, amount) => sum + amount, 0)).toBe(50);
  });
});

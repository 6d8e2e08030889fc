import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseTenantId } from '../context/index.js';
import type { AccessEvent } from './access-event.js';
import { AccessPatterns } from './access-patterns.js';
import type { AccessRule } from './access-rule.js';
import { DEFAULT_RULES } from './default-rules.js';
import { memoryAccessStore } from './memory-access-store.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Midnight, so that no window of a test ends inside of it. */
const START = Date.UTC(2026, 10, 27);
const A = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');
const B = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0b002');
const USER = { kind: 'user', id: 'u1' } as const;
const ADMIN = { kind: 'user', id: 'u2', privileged: true } as const;
const KEY = { kind: 'api-key', id: 'k1' } as const;
const OPERATOR = { kind: 'operator', id: 'o1' } as const;

type Draft = Omit<AccessEvent, 'at'>;

/** How a rule is brought to fire: what goes before it, and what is repeated. */
interface Trial {
  /** Makes the event of one occurrence, the first one being 1. */
  readonly event: (at: number) => Draft;
  /** Seconds between two of them. */
  readonly every: number;
  /** What is known from the days before. */
  readonly before?: readonly AccessEvent[];
  /** How many occurrences it takes; default the threshold. */
  readonly occurrences?: number;
}

const read = (change: Partial<Draft> = {}): Draft => ({
  kind: 'read',
  tenantId: A,
  actor: USER,
  ...change,
});
const days = (from: number, to: number, change: Partial<Draft>): AccessEvent[] =>
  Array.from({ length: to - from }, (_, at) => ({
    at: START - (from + at) * DAY,
    ...read(change),
  }));

const TRIALS: Readonly<Record<string, Trial>> = {
  'isolation-violation': { event: () => read({ code: 'EGRESS_VIOLATION' }), every: 1 },
  'isolation-violation-of-nobody': {
    event: () => ({ kind: 'write', code: 'ISOLATION_VIOLATION' }),
    every: 1,
  },
  'cross-tenant-attempt': { event: () => read({ code: 'TENANT_SOURCES_DISAGREE' }), every: 60 },
  // One in ten minutes: never five of them.
  'slow-cross-tenant-attempt': {
    event: () => read({ code: 'TENANT_SOURCES_DISAGREE' }),
    every: 600,
  },
  'cross-tenant-attempts-of-many': {
    event: (n) => read({ actor: { kind: 'user', id: `m${n}` }, code: 'TENANT_SOURCES_DISAGREE' }),
    every: 60,
  },
  'id-probing': { event: (n) => read({ code: 'NOT_FOUND', target: `t${n}` }), every: 10 },
  'slow-id-probing': {
    event: (n) => read({ code: 'REFERENCE_NOT_FOUND', target: `t${n}` }),
    every: 300,
  },
  'id-enumeration': { event: (n) => read({ rows: 1, target: `t${n}` }), every: 1 },
  'refusal-burst': { event: () => read({ code: 'PERMISSION_DENIED' }), every: 1 },
  'unusual-volume': {
    event: () => read({ rows: 100 }),
    every: 1,
    before: days(1, 6, { rows: 350 }),
    occurrences: 20,
  },
  'mass-export': { event: () => read({ rows: 1000 }), every: 10, occurrences: 20 },
  'first-seen-network': {
    event: () => read({ actor: ADMIN, network: '198.51.100.0/24' }),
    every: 1,
    before: days(1, 6, { actor: ADMIN, network: '203.0.113.0/24' }),
  },
  'api-key-from-many-networks': {
    event: (n) => read({ actor: KEY, network: `203.0.${n}.0/24` }),
    every: 60,
  },
  'log-ins-across-accounts': {
    event: (n) => ({ kind: 'log-in', tenantId: A, account: `a${n}`, code: 'CREDENTIALS_INVALID' }),
    every: 20,
  },
  'slow-log-ins-across-accounts': {
    event: (n) => ({ kind: 'log-in', tenantId: A, account: `a${n}`, code: 'CREDENTIALS_INVALID' }),
    every: 600,
  },
  'forged-tokens': {
    event: () => ({ kind: 'read', network: '203.0.113.0/24', code: 'TOKEN_INVALID' }),
    every: 1,
  },
  'forged-tokens-of-many': {
    event: (n) => ({ kind: 'read', network: `203.0.${n % 250}.0/24`, code: 'TOKEN_INVALID' }),
    every: 0.1,
  },
  'operator-access': { event: () => read({ actor: OPERATOR }), every: 1 },
};

/** Two nodes of one store that take turns. */
function twoNodes(rule: AccessRule) {
  const store = memoryAccessStore();
  const nodes = [1, 2].map(() => new AccessPatterns({ store, rules: [rule] }));
  return {
    store,
    async run(events: readonly AccessEvent[]): Promise<void> {
      for (const [at, event] of events.entries()) nodes[at % 2]?.observe(event);
      for (const node of nodes) await node.flush(events.at(-1)?.at ?? START, true);
    },
  };
}

describe('the default rules', () => {
  it('all have a trial here, and names that differ', () => {
    expect(Object.keys(TRIALS)).toEqual(DEFAULT_RULES.map(({ name }) => name));
  });
});

describe.each(DEFAULT_RULES.map((rule) => [rule.name, rule] as const))('%s', (name, rule) => {
  const trial = TRIALS[name] as Trial;
  const enough = trial.occurrences ?? rule.threshold;
  const events = (from: number, to: number, later = 0): AccessEvent[] =>
    Array.from({ length: to - from }, (_, at) => ({
      at: Math.round(START + later + (from + at) * trial.every * SECOND),
      ...trial.event(from + at + 1),
    }));
  const begun = async () => {
    const nodes = twoNodes(rule);
    for (const before of trial.before ?? []) await nodes.run([before]);
    expect(nodes.store.alerts).toEqual([]);
    return nodes;
  };

  it('is quiet below its threshold', async () => {
    const { store, run } = await begun();
    await run(events(0, enough - 1));
    expect(store.alerts).toEqual([]);
  });

  it('fires at its threshold, summed over nodes and flushes, and says on what', async () => {
    const { store, run } = await begun();
    await run(events(0, Math.floor(enough / 2)));
    await run(events(Math.floor(enough / 2), enough));
    expect(store.alerts).toMatchObject([
      {
        rule: name,
        severity: rule.severity,
        evidence: { threshold: rule.threshold, window: rule.window },
      },
    ]);
    expect(store.alerts[0]?.evidence.count).toBeGreaterThanOrEqual(rule.threshold);
  });

  it('fires once while it cools down, and again afterwards', async () => {
    const { store, run } = await begun();
    await run(events(0, enough));
    await run(events(enough, enough + 1));
    expect(store.alerts).toHaveLength(1);
    // The network is known by then, and that is all.
    if (rule.counts === 'fresh') return;
    await run(events(0, enough, (Math.ceil(rule.coolDown / (DAY / SECOND)) + 1) * DAY));
    // What was found once is what that actor has done before.
    expect(store.alerts).toHaveLength(rule.baseline?.factor === undefined ? 2 : 1);
  });

  it('is not brought to fire by another tenant or actor', async () => {
    const { store, run } = await begun();
    const half = events(0, enough - 1);
    await run(half);
    const others = events(enough - 1, enough).map((event) =>
      event.tenantId === undefined
        ? { ...event, network: '192.0.2.0/24', tenantId: B, actor: USER }
        : { ...event, tenantId: B },
    );
    await run(others);
    // What one occurrence is enough for is B's own alert then.
    expect(store.alerts.filter(({ owner }) => owner !== B)).toEqual([]);
  });
});

describe('rules and habits', () => {
  const rule = (name: string): AccessRule =>
    DEFAULT_RULES.find((each) => each.name === name) as AccessRule;

  it('take an account out that somebody gets into after all', async () => {
    const { store, run } = twoNodes(rule('log-ins-across-accounts'));
    const logIn = (account: string, right: boolean): AccessEvent => ({
      at: START,
      kind: 'log-in',
      tenantId: A,
      account,
      ...(right ? {} : { code: 'CREDENTIALS_INVALID' }),
    });
    const people = Array.from({ length: 60 }, (_, n) => `a${n}`);
    await run(people.slice(0, 19).flatMap((one) => [logIn(one, false)]));
    await run(people.slice(0, 19).map((one) => logIn(one, true)));
    await run(people.slice(19, 38).map((one) => logIn(one, false)));
    expect(store.alerts).toEqual([]);
    await run([logIn('a50', false)]);
    expect(store.alerts).toHaveLength(1);
  });

  it('take a digest that begins with a minus for one like all others', async () => {
    const { store, run } = twoNodes(rule('id-probing'));
    const probes = Array.from({ length: 20 }, (_, n) => ({
      at: START,
      ...read({ code: 'NOT_FOUND', target: `-${n}` }),
    }));
    await run(probes.slice(0, 10));
    await run(probes.slice(10));
    expect(store.alerts).toHaveLength(1);
  });

  it('let a nightly export be what it was every night', async () => {
    const { store, run } = twoNodes(rule('mass-export'));
    const night = (daysAgo: number, rows: number): AccessEvent => ({
      at: START - daysAgo * DAY + 2 * HOUR,
      kind: 'read',
      tenantId: A,
      actor: KEY,
      rows,
    });
    await run([night(2, 19_000)]);
    await run([night(1, 30_000)]);
    expect(store.alerts).toHaveLength(0);
    await run([night(0, 70_000)]);
    expect(store.alerts).toMatchObject([
      { subject: 'api-key:k1', evidence: { highestBefore: 30_000, daysBefore: 2 } },
    ]);
  });

  it('let somebody travel who always does, and somebody new arrive', async () => {
    const { store, run } = twoNodes(rule('first-seen-network'));
    const from = (daysAgo: number, network: number, id: string): AccessEvent => ({
      at: START - daysAgo * DAY,
      ...read({ actor: { kind: 'user', id, privileged: true }, network: `203.0.${network}.0/24` }),
    });
    await run(Array.from({ length: 20 }, (_, n) => from(20 - n, n, 'traveller')).slice(0, 1));
    for (let n = 1; n < 5; n += 1) await run([from(20 - n, n, 'traveller')]);
    await run([from(1, 99, 'traveller')]);
    await run([from(1, 1, 'new')]);
    await run([from(0, 2, 'new')]);
    expect(store.alerts).toEqual([]);
  });

  it('count nothing for a tenant that a stranger only names', async () => {
    const store = memoryAccessStore();
    const patterns = new AccessPatterns({ store });
    for (let n = 0; n < 500; n += 1) {
      patterns.observe({ at: START, kind: 'read', code: 'NOT_FOUND', target: randomUUID() });
    }
    expect(await patterns.flush(START, true)).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants } from '../testing/index.js';
import { createAccessDatabase } from './access-database.fixture.js';
import type { AccessEvent } from './access-event.js';
import { AccessPatterns } from './access-patterns.js';
import { type Alert, PLATFORM } from './alert.js';
import { AlertBook } from './alert-book.js';
import { postgresAccessStore } from './postgres-access-store.js';

const DAY = 86_400_000;
/** Two o'clock this night, so that no window ends in the middle of a test. */
const NIGHT = Date.now() - (Date.now() % DAY) + 2 * 3_600_000;

let db: TestDatabase;
let pools: TenantPool[];
let book: AlertBook;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  db = await createAccessDatabase();
  pools = [1, 2, 3].map(() => new TenantPool({ connectionString: db.app, max: 3 }));
  book = new AlertBook(pools[0] as TenantPool);
  ({ a, b } = await twoTenants(db));
});
afterAll(async () => {
  for (const pool of pools ?? []) await pool.end();
  await db?.drop();
});

/** Nodes as they are after a start: they remember nothing. */
const startNodes = (): AccessPatterns[] =>
  pools.map((pool) => new AccessPatterns({ store: postgresAccessStore(pool) }));

async function spread(nodes: readonly AccessPatterns[], events: readonly AccessEvent[]) {
  for (const [at, event] of events.entries()) nodes[at % nodes.length]?.observe(event);
  const now = events.at(-1)?.at ?? NIGHT;
  const raised = await Promise.all(nodes.map((node) => node.flush(now, true)));
  return raised.flat();
}

const alertsOf = async (tenant: TestTenant, rule: string): Promise<Alert[]> =>
  (await book.page(tenant.id, undefined, 1000)).filter((alert) => alert.rule === rule);

describe('several nodes over PostgreSQL', () => {
  const probes = (count: number, id: string, from = 0): AccessEvent[] =>
    Array.from({ length: count }, (_, n) => ({
      at: NIGHT,
      kind: 'read',
      tenantId: a.id,
      actor: { kind: 'user', id },
      code: 'NOT_FOUND',
      target: `t${from + n}`,
    }));

  it('raise nothing below a threshold, and one alert at it, whichever of them gets there', async () => {
    const nodes = startNodes();
    expect(await spread(nodes, probes(19, 'u1'))).toEqual([]);
    expect(await spread(nodes, probes(19, 'u1'))).toEqual([]);
    expect(await spread(nodes, probes(1, 'u1', 19))).toHaveLength(1);
    expect(await alertsOf(a, 'id-probing')).toMatchObject([
      { subject: 'user:u1', evidence: { count: 20, threshold: 20 } },
    ]);
    expect(await alertsOf(b, 'id-probing')).toEqual([]);
  });

  it('raise one alert when all of them see it at the same moment', async () => {
    const nodes = startNodes();
    // Each of them alone is far beyond the threshold.
    for (const node of nodes) for (const probe of probes(60, 'u2')) node.observe(probe);
    const raised = await Promise.all(nodes.map((node) => node.flush(NIGHT, true)));
    expect(raised.flat().filter(({ rule }) => rule === 'id-probing')).toHaveLength(1);
    const [alert] = (await alertsOf(a, 'id-probing')).filter(
      ({ subject }) => subject === 'user:u2',
    );
    expect(alert?.times).toBe(nodes.length);
  });

  it('count strangers for the platform, and for no tenant', async () => {
    const forged = Array.from(
      { length: 50 },
      (): AccessEvent => ({
        at: NIGHT,
        kind: 'read',
        network: '203.0.113.0/24',
        code: 'TOKEN_INVALID',
      }),
    );
    expect(await spread(startNodes(), forged)).toMatchObject([
      { owner: PLATFORM, subject: 'network:203.0.113.0/24' },
    ]);
    expect(await alertsOf(a, 'forged-tokens')).toEqual([]);
    const all = await book.page(PLATFORM, undefined, 1000);
    expect(all.find(({ rule }) => rule === 'forged-tokens')).toMatchObject({ tenantId: null });
  });

  it('know habits from before their start', async () => {
    const night = (daysAgo: number, rows: number): AccessEvent[] =>
      Array.from({ length: 6 }, () => ({
        at: NIGHT - daysAgo * DAY,
        kind: 'read',
        tenantId: a.id,
        actor: { kind: 'api-key', id: 'export' },
        rows: rows / 6,
      }));
    expect(await spread(startNodes(), night(3, 18_000))).toEqual([]);
    expect(await spread(startNodes(), night(2, 24_000))).toEqual([]);
    expect(await spread(startNodes(), night(1, 30_000))).toEqual([]);
    expect(await spread(startNodes(), night(0, 66_000))).toMatchObject([
      { rule: 'mass-export', evidence: { highestBefore: 30_000, daysBefore: 3, count: 66_000 } },
    ]);
  });
});

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInTenant } from '../context/index.js';
import { TenantPool } from '../postgres/index.js';
import {
  ACKNOWLEDGE_ALERT_STATEMENT,
  acknowledgeSubject,
  alertSubject,
  COUNT_ACCESS_STATEMENT,
  countSubject,
  RAISE_ALERT_STATEMENT,
  READ_ALERTS_STATEMENT,
  TAKE_ALERTS_STATEMENT,
} from '../sql/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { createAccessDatabase } from './access-database.fixture.js';
import { describeAccessStore } from './access-store-contract.fixture.js';
import { type NewAlert, PLATFORM } from './alert.js';
import { postgresAccessStore } from './postgres-access-store.js';

let db: TestDatabase;
let pool: TenantPool;
let other: TenantPool;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  db = await createAccessDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 4 });
  other = new TenantPool({ connectionString: db.app, max: 4 });
  ({ a, b } = await twoTenants(db));
});
afterAll(async () => {
  await pool?.end();
  await other?.end();
  await db?.drop();
});

describeAccessStore('postgresAccessStore', async () => ({
  nodes: [postgresAccessStore(pool), postgresAccessStore(other)],
  a: a.id,
  b: b.id,
}));

const NOW = Date.now();
const DAY = 86_400_000;

const count = (startsAt = NOW, expiresAt = NOW + DAY) => ({
  subject: `user:${randomUUID()}`,
  measure: 'rows/3600',
  startsAt,
  amount: 1,
  members: [],
  expiresAt,
  day: NOW,
});

const alert = (owner: NewAlert['owner']): NewAlert => ({
  id: randomUUID(),
  owner,
  rule: 'id-probing',
  severity: 'warning',
  subject: `user:${randomUUID()}`,
  at: NOW,
  coolDown: 3600,
  evidence: { count: 20, threshold: 20, window: 600 },
});

describe('counters in PostgreSQL', () => {
  it('are read by their tenant, by no other, and outlive the process', async () => {
    const own = count();
    await postgresAccessStore(pool).add(a.id, NOW, [own]);
    const seen = async (tenant: TestTenant): Promise<unknown[]> => {
      const { rows } = await withTenant(tenant, () =>
        pool.query('SELECT amount FROM ringfence.access_counters WHERE subject = $1', [
          own.subject,
        ]),
      );
      return rows;
    };
    expect(await seen(a)).toEqual([{ amount: '1' }]);
    expect(await seen(b)).toEqual([]);
    const restarted = new TenantPool({ connectionString: db.app, max: 1 });
    const [total] = await postgresAccessStore(restarted).add(a.id, NOW, [own]);
    await restarted.end();
    expect(total).toMatchObject({ amount: 2 });
  });

  it('are forgotten when they have expired', async () => {
    const old = count(NOW - 3 * DAY, NOW - DAY);
    await postgresAccessStore(pool).add(a.id, NOW - 3 * DAY, [old]);
    await postgresAccessStore(pool).add(a.id, NOW, [count()]);
    const { rows } = await withTenant(a, () =>
      pool.query('SELECT FROM ringfence.access_counters WHERE subject = $1', [old.subject]),
    );
    expect(rows).toEqual([]);
  });

  it('are added to by many nodes in any order without a deadlock', async () => {
    const counts = Array.from({ length: 20 }, () => count());
    const stores = [postgresAccessStore(pool), postgresAccessStore(other)];
    await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        stores[at % 2]?.add(a.id, NOW, at % 3 === 0 ? counts : counts.toReversed()),
      ),
    );
    const totals = await postgresAccessStore(pool).add(a.id, NOW, counts);
    expect(totals.map(({ amount }) => amount)).toEqual(counts.map(() => 13));
  });
});

/** Whatever SQL runs as the application role inside A's request. */
describe('SQL injected into the request of A', () => {
  const inA = (text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> =>
    withTenant(a, () => pool.query(text, values));
  const text = JSON.stringify({ at: new Date().toISOString(), counts: [] });

  it.each([
    ['UPDATE ringfence.access_counters SET amount = 0'],
    ['DELETE FROM ringfence.access_counters'],
    [
      "INSERT INTO ringfence.access_counters (subject, measure, starts_at, amount, expires_at) VALUES ('tenant', 'x', now(), 1, now())",
    ],
    ['SELECT FROM ringfence.alerts'],
    ['DELETE FROM ringfence.alerts'],
    ['UPDATE ringfence.alerts SET acknowledged_at = now()'],
    ["SELECT ringfence.merged_members('{}', '{}')"],
  ])('may not %s', async (statement) => {
    await expect(inA(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('cannot count, raise or acknowledge without the signature of the process for just that', async () => {
    const proofs = [
      '',
      pool.prove(a.id),
      pool.prove(countSubject(b.id, text)),
      pool.prove(countSubject(a.id, `${text} `)),
      pool.prove(alertSubject(a.id, `${text} `)),
    ];
    const id = randomUUID();
    for (const proof of proofs) {
      await expect(inA(COUNT_ACCESS_STATEMENT, [text, proof])).rejects.toMatchObject({
        code: 'RF003',
      });
      await expect(inA(RAISE_ALERT_STATEMENT, [text, proof])).rejects.toMatchObject({
        code: 'RF003',
      });
      await expect(inA(ACKNOWLEDGE_ALERT_STATEMENT, [id, 'me', proof])).rejects.toMatchObject({
        code: 'RF003',
      });
    }
    await inA(COUNT_ACCESS_STATEMENT, [text, pool.prove(countSubject(a.id, text))]);
  });

  it('sees and takes nothing of B and of the platform', async () => {
    const store = postgresAccessStore(pool);
    const [own, foreign, platform] = [alert(a.id), alert(b.id), alert(PLATFORM)];
    for (const each of [own, foreign, platform]) expect(await store.raise(each)).toBe(true);
    const ids = async (owner: TestTenant['id']): Promise<string[]> => {
      const { rows } = await runInTenant(owner, () =>
        pool.query(READ_ALERTS_STATEMENT, [null, null, 1000]),
      );
      return rows.map(({ id }: { id: string }) => id);
    };
    expect(await ids(a.id)).toContain(own.id);
    expect(await ids(a.id)).not.toContain(foreign.id);
    expect(await ids(a.id)).not.toContain(platform.id);
    expect(await ids(PLATFORM)).toEqual(expect.arrayContaining([own.id, foreign.id, platform.id]));
    const after = await inA('SELECT id FROM ringfence.alerts_after($1, 100)', [foreign.id]);
    expect(after.rows).toEqual([]);
    expect((await inA(TAKE_ALERTS_STATEMENT, [100, 60])).rows).toEqual([]);
    const proof = pool.prove(acknowledgeSubject(a.id, foreign.id, 'me'));
    const { rows } = await inA(ACKNOWLEDGE_ALERT_STATEMENT, [foreign.id, 'me', proof]);
    expect(rows).toEqual([{ known: false }]);
  });

  it('cannot become the platform', async () => {
    await expect(inA("CALL ringfence.bind($1, '')", [PLATFORM])).rejects.toMatchObject({
      code: 'RF001',
    });
    const admin = new pg.Client({ connectionString: db.admin });
    await admin.connect();
    const made = admin.query(
      "INSERT INTO ringfence.tenants (id, slug, name) VALUES ($1, 'zero', 'Z')",
      [PLATFORM],
    );
    await expect(made).rejects.toMatchObject({ code: '23514' });
    await admin.end();
  });
});

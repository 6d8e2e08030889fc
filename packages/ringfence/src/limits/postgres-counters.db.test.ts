import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInTenant, type TenantId } from '../context/index.js';
import { TenantPool } from '../postgres/index.js';
import { COUNT_REQUESTS_STATEMENT, machinerySql, machineryUpdates } from '../sql/index.js';
import { createTestDatabase, type TestDatabase, twoTenants } from '../testing/index.js';
import { counterContract } from './counter-contract.fixture.js';
import { postgresCounters } from './postgres-counters.js';

let db: TestDatabase;
let pools: TenantPool[] = [];
let a: TenantId;
let b: TenantId;
beforeAll(async () => {
  const sql = [machinerySql(), ...machineryUpdates().map((update) => update.sql)].join('\n');
  db = await createTestDatabase({ sql });
  const tenants = await twoTenants(db);
  [a, b] = [tenants.a.id, tenants.b.id];
  pools = [1, 2].map(() => new TenantPool({ connectionString: db.app, max: 2 }));
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await db?.drop();
});

let opened = 0;
const open = () => {
  opened += 1;
  return postgresCounters({ pool: pools[opened % 2] as TenantPool });
};

describe('postgresCounters', () => {
  counterContract(open, () => [a, b]);

  it('counts of two processes at once, on many counters, without a deadlock', async () => {
    const policies = Array.from({ length: 8 }, (_, at) => ({
      name: `crowded-${at}`,
      requests: 1000,
      seconds: 600,
    }));
    const counters = [open(), open()].map((store) => policies.map((one) => store.counterFor(one)));
    const counts = await Promise.all(
      Array.from({ length: 400 }, (_, at) => {
        const counter = counters[at % 2]?.[(at * 7) % policies.length];
        return counter?.count(a, 'same');
      }),
    );
    expect(counts.every((count) => count?.allowed)).toBe(true);
    const left = await Promise.all(policies.map((_, at) => counters[0]?.[at]?.count(a, 'same')));
    // 400 requests over eight counters, and the one that asks.
    expect(left.reduce((sum, count) => sum + 1000 - (count?.remaining ?? 0), 0)).toBe(408);
  });

  it.each([
    ['changed', 'UPDATE ringfence.rate_limit_counters SET requests = 0'],
    ['deleted', 'DELETE FROM ringfence.rate_limit_counters'],
    ['read', 'SELECT FROM ringfence.rate_limit_counters'],
    [
      'made for another tenant',
      `INSERT INTO ringfence.rate_limit_counters (tenant_id, key_hash, requests, expires_at)
       VALUES (gen_random_uuid(), sha256('x'), 1, now())`,
    ],
  ])('cannot be %s by SQL of the application', async (_what, sql) => {
    const [pool] = pools as [TenantPool];
    await open().counterFor({ name: 'kept', requests: 2, seconds: 600 }).count(a, '');
    for (const tenant of [a, b]) {
      await expect(runInTenant(tenant, () => pool.query(sql))).rejects.toMatchObject({
        code: '42501',
      });
    }
  });

  it.each([
    ['less than nothing', -1000, 600],
    ['nothing', 0, 600],
    ['in no time', 1, 0],
    ['for ever', 1, 2_147_483_647],
    ['no number', null, 600],
  ])('does not count %s, whoever asks', async (_what, requests, seconds) => {
    const [pool] = pools as [TenantPool];
    const counter = open().counterFor({ name: 'upwards', requests: 1, seconds: 600 });
    await counter.count(a, 'same');
    const count = pool.query.bind(pool, COUNT_REQUESTS_STATEMENT, [
      ['upwards:same'],
      [requests],
      [seconds],
    ]);
    await expect(runInTenant(a, () => count())).rejects.toMatchObject({ code: '22023' });
    expect(await counter.count(a, 'same')).toMatchObject({ allowed: false });
  });

  it('counts without a tenant for nobody', async () => {
    const client = new pg.Client({ connectionString: db.app });
    await client.connect();
    const count = client.query(COUNT_REQUESTS_STATEMENT, [['of nobody'], [1], [60]]);
    await expect(count).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  it('cleans up what is over, in the tenant that counts', async () => {
    const admin = new pg.Client({ connectionString: db.admin });
    await admin.connect();
    const plant = `INSERT INTO ringfence.rate_limit_counters (tenant_id, key_hash, requests, expires_at)
      SELECT t, sha256(n::text::bytea), 1, now() - interval '1 day'
      FROM unnest($1::uuid[]) AS t, generate_series(1, 20) AS n`;
    await admin.query(plant, [[a, b]]);
    const over = async (): Promise<number[]> => {
      const { rows } = await admin.query<{ n: number }>(
        `SELECT (SELECT count(*)::integer FROM ringfence.rate_limit_counters
          WHERE tenant_id = t AND expires_at < now() - interval '1 hour') AS n FROM unnest($1::uuid[]) AS t`,
        [[a, b]],
      );
      return rows.map(({ n }) => n);
    };
    expect(await over()).toEqual([20, 20]);
    const counter = open().counterFor({ name: 'cleaner', requests: 1_000_000, seconds: 600 });
    // One in a hundred cleans: that none of thousands did would be no chance any more.
    for (let round = 0; round < 5000 && (await over())[0] !== 0; round += 1) {
      await counter.count(a, '');
    }
    expect(await over()).toEqual([0, 20]);
    await admin.end();
  });

  it('counts inside the work of another tenant, for the right one', async () => {
    const counter = open().counterFor({ name: 'inside', requests: 1, seconds: 600 });
    const counted = await runInTenant(b, () => counter.count(a, ''));
    expect(counted.allowed).toBe(true);
    expect((await counter.count(b, '')).allowed).toBe(true);
    expect((await counter.count(a, '')).allowed).toBe(false);
  });
});

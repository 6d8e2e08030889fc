import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInTenant, type TenantId } from '../context/index.js';
import { TenantPool } from '../postgres/index.js';
import { machinerySql, tenantTableSql } from '../sql/index.js';
import { createTestDatabase, type TestDatabase, twoTenants } from '../testing/index.js';
import { counterContract } from './counter-contract.fixture.js';
import { postgresCounters } from './postgres-counters.js';
import { RATE_LIMIT_COUNTERS } from './rate-limit-counters.js';

let db: TestDatabase;
let pools: TenantPool[] = [];
let a: TenantId;
let b: TenantId;
beforeAll(async () => {
  const sql = [machinerySql(), tenantTableSql(RATE_LIMIT_COUNTERS)].join('\n');
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

  it('keeps the counters of a tenant from the SQL of another', async () => {
    const counter = open().counterFor({ name: 'kept', requests: 2, seconds: 600 });
    await counter.count(a, '');
    const [pool] = pools as [TenantPool];
    const rows = 'SELECT tenant_id FROM rate_limit_counters';
    expect((await runInTenant(a, () => pool.query(rows))).rows.length).toBeGreaterThan(0);
    await runInTenant(b, async () => {
      await pool.query('UPDATE rate_limit_counters SET requests = 1000000');
      await pool.query('DELETE FROM rate_limit_counters');
      expect((await pool.query(rows)).rows).toEqual([]);
      await expect(
        pool.query(
          `INSERT INTO rate_limit_counters (tenant_id, key_hash, requests, expires_at)
           VALUES ($1, sha256('x'), 1, now())`,
          [a],
        ),
      ).rejects.toMatchObject({ code: '42501' });
    });
    expect(await counter.count(a, '')).toMatchObject({ allowed: true, remaining: 0 });
    expect(await counter.count(a, '')).toMatchObject({ allowed: false });
  });

  it('counts inside the work of another tenant, for the right one', async () => {
    const counter = open().counterFor({ name: 'inside', requests: 1, seconds: 600 });
    const counted = await runInTenant(b, () => counter.count(a, ''));
    expect(counted.allowed).toBe(true);
    expect((await counter.count(b, '')).allowed).toBe(true);
    expect((await counter.count(a, '')).allowed).toBe(false);
  });
});

import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runInTenant } from '../context/index.js';
import { fromPostgres } from '../errors/index.js';
import { FairShares, type FairSharesOptions } from '../limits/index.js';
import { machinerySql, machineryUpdates, tenantTableSql } from '../sql/index.js';
import {
  createTestDatabase,
  type TestDatabase,
  type TestTenant,
  twoTenants,
} from '../testing/index.js';
import { UNPROVEN } from './tenant-binding.js';
import { TenantPool } from './tenant-pool.js';
import type { TenantPoolConfig } from './tenant-pool-config.js';

const SQL = [
  machinerySql(),
  ...machineryUpdates().map(({ sql }) => sql),
  tenantTableSql({ name: 'notes', columns: [{ name: 'title', type: 'text NOT NULL' }] }),
].join('\n');

let db: TestDatabase;
let a: TestTenant;
let b: TestTenant;
let pools: pg.Pool[] = [];
beforeAll(async () => {
  db = await createTestDatabase({ sql: SQL });
  ({ a, b } = await twoTenants(db));
});
afterEach(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  pools = [];
});
afterAll(() => db?.drop());

function poolOf(config: TenantPoolConfig): TenantPool {
  const pool = new TenantPool({ connectionString: db.app, ...config });
  pools.push(pool);
  return pool;
}

function sharing(options: FairSharesOptions & { max: number }) {
  const { max, ...rest } = options;
  const shares = new FairShares({ total: max, ...rest });
  return { shares, pool: poolOf({ max, shares }) };
}

/** A transaction of a tenant that holds a connection until it is told to end. */
async function holder(pool: TenantPool, tenant: TestTenant): Promise<() => Promise<void>> {
  let end: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    end = resolve;
  });
  let hasBegun: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  const done = runInTenant(tenant.id, () =>
    pool.transaction(async (tx) => {
      await tx.query('SELECT 1');
      hasBegun();
      await told;
    }),
  );
  await begun;
  return async () => {
    end();
    await done;
  };
}

describe('shares of a TenantPool', () => {
  it('leave a tenant no more connections than its share, whatever way it asks', async () => {
    const { pool, shares } = sharing({ max: 4, perTenant: 2, queue: 1000 });
    let most = 0;
    const order: string[] = [];
    const see = async (tenant: TestTenant, work: () => Promise<unknown>) => {
      await runInTenant(tenant.id, async () => {
        await work();
        most = Math.max(most, shares.heldBy(a.id));
        order.push(tenant === a ? 'a' : 'b');
      });
    };
    const noisy = Array.from({ length: 60 }, (_, n) =>
      see(a, async () => {
        if (n % 3 === 0) return pool.query('SELECT pg_sleep(0.002)');
        if (n % 3 === 1) return pool.transaction((tx) => tx.query('SELECT pg_sleep(0.002)'));
        const client = await pool.connect();
        try {
          return await client.query('SELECT 1');
        } finally {
          client.release();
        }
      }),
    );
    const quiet = Array.from({ length: 5 }, () => see(b, () => pool.query('SELECT 1')));
    await Promise.all([...noisy, ...quiet]);
    expect(most).toBe(2);
    // B found two free connections, and took one turn each where they were not.
    expect(order.slice(0, 20).filter((one) => one === 'b')).toHaveLength(5);
    // What raw SQL may have left is discarded behind its result, by whoever it was left by.
    await expect.poll(() => shares.heldBy(a.id)).toBe(0);
    expect([shares.heldBy(b.id), pool.waitingCount]).toEqual([0, 0]);
  });

  it('serve the others at once while a tenant sits on all that it may have', async () => {
    const { pool } = sharing({ max: 3, perTenant: 2, waitMs: 50 });
    const ends = [await holder(pool, a), await holder(pool, a)];
    await expect(runInTenant(a.id, () => pool.query('SELECT 1'))).rejects.toMatchObject({
      code: 'CONCURRENCY_LIMITED',
    });
    for (let n = 0; n < 5; n += 1) await runInTenant(b.id, () => pool.query('SELECT 1'));
    for (const end of ends) await end();
    await runInTenant(a.id, () => pool.query('SELECT 1'));
  });

  it('count what joins a transaction as the one connection that it is', async () => {
    const { pool, shares } = sharing({ max: 2, perTenant: 1, waitMs: 1000 });
    await runInTenant(a.id, () =>
      pool.transaction(async () => {
        await pool.query("INSERT INTO notes (title) VALUES ('joined')");
        await pool.transaction(() => pool.query('SELECT 1'));
        expect(shares.heldBy(a.id)).toBe(1);
      }),
    );
    expect(shares.heldBy(a.id)).toBe(0);
  });

  it('come back when a connection dies, is thrown away, or was never had', async () => {
    const { pool, shares } = sharing({ max: 2, perTenant: 1, waitMs: 1000 });
    const die = 'SELECT pg_terminate_backend(pg_backend_pid())';
    for (let n = 0; n < 3; n += 1) {
      await expect(runInTenant(a.id, () => pool.query(die))).rejects.toThrow();
      await runInTenant(a.id, async () => {
        const client = await pool.connect();
        client.release(true);
      });
      // DISCARD ALL runs behind the result.
      await runInTenant(a.id, () => pool.query("SELECT set_config('my.own', 'x', false)"));
    }
    await runInTenant(a.id, () => pool.query('SELECT 1'));
    expect(shares.heldBy(a.id)).toBe(0);

    const nowhere = new FairShares({ total: 1, perTenant: 1 });
    const lost = new TenantPool({ host: '127.0.0.1', port: 1, shares: nowhere });
    for (let n = 0; n < 3; n += 1) {
      await expect(runInTenant(a.id, () => lost.query('SELECT 1'))).rejects.toThrow(/ECONNREFUSED/);
    }
    expect(nowhere.heldBy(a.id)).toBe(0);
    await lost.end();
  });

  it('keep each caller in the tenant that it asks for, when connections change hands', async () => {
    const { pool } = sharing({ max: 1, perTenant: 1, queue: 1000 });
    const who = 'SELECT ringfence.current_tenant_id() AS tenant';
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const tenant = n % 3 ? a : b;
        const { rows } = await runInTenant(tenant.id, () => pool.query(who));
        return rows[0].tenant === tenant.id;
      }),
    );
    expect(answers.every(Boolean)).toBe(true);
  });
});

describe('the time limit of statements', () => {
  const slow = 'SELECT pg_sleep(5)';
  const limit = 'SHOW statement_timeout';

  it.each([
    ['a pool that says who acts', true],
    ['a pool that does not', false],
  ])('travels with the binding of %s', async (_which, attribution) => {
    const pool = poolOf({
      max: 1,
      attribution,
      statementTimeoutMs: (id) => (id === a.id ? 50 : undefined),
    });
    const asked = runInTenant(a.id, () => pool.query(slow)).catch(fromPostgres);
    expect(await asked).toMatchObject({ code: 'STATEMENT_TIMEOUT', status: 503 });
    const read = async (tenant: TestTenant) =>
      (await runInTenant(tenant.id, () => pool.query(limit))).rows[0].statement_timeout;
    // One connection: what was set for A is gone with A's transaction.
    expect(await read(b)).toBe('0');
    expect(await read(a)).toBe('50ms');
    await runInTenant(a.id, () =>
      pool.transaction(async (tx) => {
        await tx.query("INSERT INTO notes (title) VALUES ('in time')");
        await expect(tx.query(slow)).rejects.toMatchObject({ code: '57014' });
      }),
    ).catch((error) => expect(error.code).toBe('TRANSACTION_NOT_COMMITTED'));
    expect(await read(b)).toBe('0');
  });

  it('is one round trip and one binding still', async () => {
    const pool = poolOf({ max: 1, statementTimeoutMs: 1000 });
    await runInTenant(a.id, () => pool.query('SELECT 1'));
    const { rows } = await runInTenant(a.id, () =>
      pool.query('SELECT count(*)::integer AS n FROM pg_prepared_statements WHERE from_sql'),
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('binds in a database without proofs as well', async () => {
    const sql = [
      machinerySql(undefined, 'unproven'),
      ...machineryUpdates(undefined, 'unproven').map((update) => update.sql),
    ].join('\n');
    const plain = await createTestDatabase({ sql, trust: 'unproven' });
    const tenants = await twoTenants(plain);
    const pool = new TenantPool({
      connectionString: plain.app,
      keyring: UNPROVEN,
      statementTimeoutMs: 70,
    });
    const { rows } = await runInTenant(tenants.a.id, () => pool.query(limit));
    expect(rows).toEqual([{ statement_timeout: '70ms' }]);
    await pool.end();
    await plain.drop();
  });
});

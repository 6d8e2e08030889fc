import pg, { type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantPool, type TenantPoolConfig } from '../../src/postgres/index.js';
import {
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../../src/testing/index.js';
import { createLibraryDatabase } from '../library-database.fixture.js';
import { type PgBouncer, startPgBouncer, WITHOUT_PGBOUNCER } from './pgbouncer.fixture.js';

// Behind a transaction pooler a connection of the pool is another server connection each time, so that
// nothing can be cleaned up behind raw SQL. What it leaves must be refused, or cleaned up by the pooler.

const LEAVE = "SELECT set_config('app.note', 'of a', false)";
const FIND = "SELECT current_setting('app.note', true) AS found";

describe.skipIf(WITHOUT_PGBOUNCER)(
  `raw SQL through PgBouncer in transaction mode ${WITHOUT_PGBOUNCER ?? ''}`.trim(),
  () => {
    let db: TestDatabase;
    let plainBouncer: PgBouncer;
    let resettingBouncer: PgBouncer;
    let a: TestTenant;
    let b: TestTenant;
    const pools: TenantPool[] = [];

    beforeAll(async () => {
      db = await createLibraryDatabase();
      // One server connection each: what is left on it is found by whoever comes next.
      plainBouncer = await startPgBouncer(db.app, { default_pool_size: 1 });
      resettingBouncer = await startPgBouncer(db.app, {
        default_pool_size: 1,
        server_reset_query_always: 1,
      });
    });
    afterAll(async () => {
      await plainBouncer?.close();
      await resettingBouncer?.close();
      await db?.drop();
    });
    beforeEach(async () => {
      ({ a, b } = await twoTenants(db));
    });
    afterEach(async () => {
      for (const pool of pools.splice(0)) await pool.end();
      // What a test has left on the server connection is not for the next one.
      const client = new pg.Client({ connectionString: plainBouncer.url });
      await client.connect();
      await client.query('DISCARD ALL');
      await client.end();
    });

    function open(settings: TenantPoolConfig): TenantPool {
      const pool = new TenantPool({ max: 2, ...settings });
      pools.push(pool);
      return pool;
    }

    /** A has committed and not yet given its client back when B asks. */
    async function foundByB(pool: TenantPool, leave: string): Promise<unknown> {
      const client: PoolClient = await withTenant(a, () => pool.connect());
      try {
        await withTenant(a, async () => {
          await client.query('BEGIN');
          await client.query(leave);
          await client.query('COMMIT');
        });
        return (await withTenant(b, () => pool.query(FIND))).rows[0].found;
      } finally {
        client.release();
      }
    }

    it('leaves its settings to the next tenant where the pooler is not named', async () => {
      const pool = open({ connectionString: plainBouncer.url, preparedStatements: false });
      expect(await foundByB(pool, LEAVE)).toBe('of a');
    });

    it('is told of when the application starts', async () => {
      const undeclared = open({ connectionString: plainBouncer.url, preparedStatements: false });
      const found = (await undeclared.checkApplicationRole()).map(({ code }) => code);
      expect(found).toEqual(['POOLER_UNDECLARED']);
      const named = open({ connectionString: plainBouncer.url, pooler: 'transaction' });
      expect(await named.checkApplicationRole()).toEqual([]);
      const direct = open({ connectionString: db.app });
      expect(await direct.checkApplicationRole()).toEqual([]);
    });

    describe("with pooler: 'transaction'", () => {
      const settings = (): TenantPoolConfig => ({
        connectionString: plainBouncer.url,
        pooler: 'transaction',
      });
      const REFUSED = expect.objectContaining({ code: 'RESIDUE_REFUSED' });

      it.each([
        LEAVE,
        'SET search_path = x',
        "DO $$ BEGIN EXECUTE 'PREPARE planted AS SELECT 1'; END $$",
        "DECLARE held CURSOR WITH HOLD FOR SELECT 'of a' AS found",
        'LISTEN planted',
        'SELECT pg_advisory_lock(77)',
        'CREATE TEMP TABLE planted (x int)',
        'DISCARD ALL',
      ])('refuses %s, in a transaction and outside, and goes on', async (leave) => {
        const pool = open(settings());
        await withTenant(a, async () => {
          await expect(pool.query(leave)).rejects.toThrow(REFUSED);
          await pool.transaction(async (tx) => {
            await tx.query("INSERT INTO folders (name) VALUES ('before')");
            await expect(tx.query(leave)).rejects.toThrow(REFUSED);
            // It was not sent: the transaction is as good as before.
            await tx.query("INSERT INTO folders (name) VALUES ('after')");
          });
          const { rows } = await pool.query('SELECT name FROM folders ORDER BY name');
          expect(rows).toEqual([{ name: 'after' }, { name: 'before' }]);
        });
        await expect(foundByB(pool, leave)).rejects.toThrow(REFUSED);
      });

      it('runs everything that leaves nothing, SET LOCAL and savepoints too', async () => {
        const pool = open(settings());
        await withTenant(a, () =>
          pool.transaction(async (tx) => {
            await tx.query("SET LOCAL statement_timeout = '50s'");
            await tx.query('SAVEPOINT s');
            await expect(tx.query('SELECT 1 / 0')).rejects.toThrow(/division/);
            await tx.query('ROLLBACK TO SAVEPOINT s');
            expect((await tx.query('SHOW statement_timeout')).rows).toEqual([
              { statement_timeout: '50s' },
            ]);
          }),
        );
        expect((await withTenant(b, () => pool.query('SHOW statement_timeout'))).rows).toEqual([
          { statement_timeout: '0' },
        ]);
      });

      it('names no statement, and refuses to be told to', async () => {
        const pool = open(settings());
        await withTenant(a, async () => {
          for (let time = 0; time < 3; time += 1) await pool.query('SELECT name FROM folders');
          const { rowCount } = await pool.query('SELECT FROM pg_prepared_statements');
          expect(rowCount).toBe(0);
        });
        expect(() => open({ ...settings(), preparedStatements: true })).toThrow(
          expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
        );
      });

      it('keeps two hundred calls of two tenants apart, good and bad ones', async () => {
        const pool = open({ ...settings(), max: 20 });
        const call = async (tenant: TestTenant, at: number): Promise<void> => {
          await withTenant(tenant, async () => {
            await pool.query('INSERT INTO folders (name) VALUES ($1)', [tenant.id]);
            if (at % 4 > 1) await pool.query('SELECT 1 / 0').catch(() => undefined);
            const { rows } = await pool.query('SELECT DISTINCT name FROM folders');
            expect(rows).toEqual([{ name: tenant.id }]);
          });
        };
        const calls = Array.from({ length: 200 }, (_, at) => call(at % 2 === 0 ? a : b, at));
        await Promise.all(calls);
        for (const tenant of [a, b]) {
          const { rowCount } = await withTenant(tenant, () => pool.query('SELECT FROM folders'));
          expect(rowCount).toBe(100);
        }
      });

      it('leaves no binding on the server connection, whatever became of the statement', async () => {
        const pool = open(settings());
        const bouncer = new pg.Client({ connectionString: plainBouncer.url });
        await bouncer.connect();
        for (const text of [
          'SELECT 1',
          'SELECT 1 / 0',
          'SELECT FROM nowhere',
          'SELECT FROM FROM',
        ]) {
          await withTenant(a, () => pool.query(text).catch(() => undefined));
          const bound = "SELECT current_setting('app.current_tenant_id', true) AS tenant";
          expect((await bouncer.query(bound)).rows[0].tenant ?? '').toBe('');
        }
        await bouncer.end();
      });
    });

    describe("with pooler: 'transaction-with-reset', and a pooler that does", () => {
      it('is run, and the pooler has cleaned up before the next tenant', async () => {
        const pool = open({
          connectionString: resettingBouncer.url,
          pooler: 'transaction-with-reset',
        });
        expect(await foundByB(pool, LEAVE)).toBe('');
        expect(await pool.checkApplicationRole()).toEqual([]);
      });
    });
  },
);

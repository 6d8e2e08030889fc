import pg, { type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { TenantPool } from './tenant-pool.js';

// What A's raw SQL leaves on a pooled connection must not meet B. Each case first shows, on a plain
// pool, that the residue is real.

let db: TestDatabase;
let plain: pg.Pool;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  plain = new pg.Pool({ connectionString: db.app, max: 1 });
  pool = new TenantPool({ connectionString: db.app, max: 1 });
  ({ a, b } = await twoTenants(db));
  await withTenant(a, () => pool.query("INSERT INTO folders (name) VALUES ('of a')"));
});
afterEach(async () => {
  await plain.end();
  await pool.end();
});

interface Residue {
  readonly name: string;
  /** What A runs. */
  readonly leave: string;
  /** What the next user of the connection runs, and what it then must not get. */
  readonly find: string;
  readonly found: unknown;
}

const RESIDUES: readonly Residue[] = [
  {
    name: 'a session setting',
    leave: "SELECT set_config('app.note', 'of a', false)",
    find: "SELECT current_setting('app.note', true) AS found",
    found: 'of a',
  },
  {
    name: 'the search path',
    leave: "SELECT set_config('search_path', 'pg_catalog', false)",
    find: "SELECT current_setting('search_path') AS found",
    found: 'pg_catalog',
  },
  {
    name: 'a time limit',
    leave: "DO $$ BEGIN SET statement_timeout = '77s'; END $$",
    find: "SELECT current_setting('statement_timeout') AS found",
    found: '77s',
  },
  {
    name: 'a prepared statement',
    leave: "DO $$ BEGIN EXECUTE 'PREPARE planted AS SELECT 1'; END $$",
    find: "SELECT name AS found FROM pg_prepared_statements WHERE name = 'planted'",
    found: 'planted',
  },
  {
    name: 'a held cursor with rows',
    leave: "DECLARE held CURSOR WITH HOLD FOR SELECT 'of a' AS found",
    find: 'FETCH ALL FROM held',
    found: 'of a',
  },
  {
    name: 'a subscription',
    leave: 'LISTEN planted',
    find: 'SELECT c AS found FROM pg_listening_channels() AS c',
    found: 'planted',
  },
  {
    name: 'a lock',
    leave: 'SELECT pg_advisory_lock(77)',
    find: "SELECT objid::int AS found FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid = 77",
    found: 77,
  },
];

describe.each(RESIDUES)('$name', ({ leave, find, found }) => {
  it('stays on a plain pooled connection', async () => {
    await plain.query(leave);
    expect((await plain.query(find)).rows).toEqual([{ found }]);
  });

  it('is gone from the tenant pool before another tenant gets the connection', async () => {
    await withTenant(a, () => pool.query(leave));
    const rows = await withTenant(b, () => pool.query(find)).then(
      (result) => result.rows,
      (error: Error) => error.message,
    );
    if (typeof rows === 'string') expect(rows).toMatch(/does not exist/);
    else expect(rows).not.toContainEqual({ found });
    expect(pool.totalCount).toBe(1);
  });

  it('is gone as well when it was left inside a transaction, rolled back or not', async () => {
    await withTenant(a, () => pool.transaction((tx) => tx.query(leave)));
    await withTenant(a, () =>
      pool.transaction(async (tx) => {
        await tx.query(leave);
        throw new Error('undo');
      }),
    ).catch(() => undefined);
    const rows = await withTenant(b, () => pool.query(find)).then(
      (result) => result.rows,
      () => [],
    );
    expect(rows).not.toContainEqual({ found });
  });
});

describe('a named statement that A has replaced', () => {
  const READ = 'SELECT name FROM folders';
  const POISON = `DO $$ DECLARE s text; BEGIN
    FOR s IN SELECT name FROM pg_prepared_statements LOOP
      EXECUTE format('DEALLOCATE %I', s);
      EXECUTE format('PREPARE %I AS SELECT set_config(''app.stolen'', string_agg(name, '',''), false) AS name FROM folders', s);
    END LOOP; END $$`;

  it('runs for the next tenant where connections are not cleaned', async () => {
    const client = await plain.connect();
    const read = { name: 's1', text: READ };
    await client.query(read);
    await client.query(POISON);
    await client.query(read);
    const { rows } = await client.query("SELECT current_setting('app.stolen', true) AS stolen");
    client.release();
    expect(rows[0].stolen).not.toBeNull();
  });

  it('runs for nobody here', async () => {
    const read = (): Promise<{ rows: unknown[] }> => pool.query(READ);
    await withTenant(a, async () => {
      for (let time = 0; time < 3; time += 1) await read();
      const named =
        "SELECT count(*)::int AS n FROM pg_prepared_statements WHERE statement LIKE '%folders%'";
      expect((await pool.query(named)).rows[0].n).toBeGreaterThan(0);
      await pool.query(POISON);
    });
    await withTenant(b, () => pool.query("INSERT INTO folders (name) VALUES ('of b')"));
    for (let time = 0; time < 3; time += 1) {
      expect((await withTenant(b, read)).rows).toEqual([{ name: 'of b' }]);
    }
    const stolen = await withTenant(a, () =>
      pool.query("SELECT current_setting('app.stolen', true) AS stolen"),
    );
    expect(stolen.rows[0].stolen ?? '').toBe('');
  });

  it('does not even run for A itself on the same checked-out connection', async () => {
    await withTenant(a, async () => {
      const client = (await pool.connect()) as PoolClient;
      for (let time = 0; time < 3; time += 1) await client.query(READ);
      await client.query(POISON);
      expect((await client.query(READ)).rows).toEqual([{ name: 'of a' }]);
      client.release();
    });
  });
});

describe('a connection whose cleaning fails', () => {
  it('is not given to anybody', async () => {
    await withTenant(a, async () => {
      const client = await pool.connect();
      await client.query("SELECT set_config('app.note', 'of a', false)");
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      client.release();
      const admin = new pg.Client({ connectionString: db.admin });
      await admin.connect();
      await admin.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
      await admin.end();
    });
    const found = await withTenant(b, () =>
      pool.query("SELECT coalesce(current_setting('app.note', true), '') AS found"),
    ).catch(() => withTenant(b, () => pool.query("SELECT '' AS found")));
    expect(found.rows).toEqual([{ found: '' }]);
  });
});

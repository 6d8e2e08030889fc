import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { startWireProxy, type WireProxy } from '../../test/wire-proxy.fixture.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { TenantPool } from './tenant-pool.js';

let db: TestDatabase;
let proxy: WireProxy;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  proxy = await startWireProxy(db.app);
  pool = new TenantPool({ connectionString: proxy.url, max: 1 });
  ({ a, b } = await twoTenants(db));
  for (const tenant of [a, b]) {
    await withTenant(tenant, () =>
      pool.query('INSERT INTO folders (name) VALUES ($1)', [`of ${tenant.slug}`]),
    );
  }
});
afterEach(async () => {
  await pool.end();
  await proxy.close();
});

const NAMES = 'SELECT name FROM folders ORDER BY name';
const names = async (): Promise<string[]> =>
  (await pool.query(NAMES)).rows.map(({ name }: { name: string }) => name);

async function roundTripsOf(fn: () => Promise<unknown>): Promise<number> {
  const before = proxy.roundTrips;
  await fn();
  return proxy.roundTrips - before;
}

async function asAdmin(sql: string): Promise<Record<string, unknown>[]> {
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  const { rows } = await admin.query(sql);
  await admin.end();
  return rows;
}

describe('one flight', () => {
  it('carries the binding and a statement, named or not, good or bad', async () => {
    await withTenant(a, async () => {
      for (let time = 0; time < 4; time += 1) expect(await roundTripsOf(names)).toBe(1);
      expect(await roundTripsOf(() => pool.query('SELECT 1/0').catch(() => 0))).toBe(1);
    });
  });

  it('carries BEGIN, the binding and the first statement of a transaction', async () => {
    await withTenant(a, async () => {
      const three = await roundTripsOf(() =>
        pool.transaction(
          async (tx) => {
            await tx.query(NAMES);
            await tx.query(NAMES);
          },
          { isolation: 'serializable' },
        ),
      );
      expect(three).toBe(3);
      expect(await roundTripsOf(() => pool.transaction(async () => 1))).toBe(0);
    });
  });

  it('has a transaction of its own, which ends with it', async () => {
    await withTenant(a, async () => {
      const id = async (): Promise<string> =>
        (await pool.query('SELECT pg_current_xact_id()::text AS id')).rows[0].id;
      expect(await id()).not.toBe(await id());
      await expect(
        pool.query(
          "WITH x AS (INSERT INTO folders (name) VALUES ('half') RETURNING 1) SELECT 1 / (count(*) - count(*)) FROM x",
        ),
      ).rejects.toThrow(/division/);
      expect(await names()).toEqual([`of ${a.slug}`]);
    });
  });
});

describe('named statements', () => {
  const named = async (): Promise<number> =>
    withTenant(a, async () => {
      const text = 'SELECT count(*)::int AS n FROM pg_prepared_statements';
      return (await pool.query(text)).rows[0].n;
    });

  it('are made on the second sighting and shared by tenants, whose rows stay apart', async () => {
    const before = await named();
    for (let time = 0; time < 3; time += 1) {
      for (const tenant of [a, b]) {
        expect(await withTenant(tenant, names)).toEqual([`of ${tenant.slug}`]);
      }
    }
    expect(await named()).toBeGreaterThan(before);
  });

  it('are bounded on each connection: the oldest one is given up', async () => {
    await withTenant(a, async () => {
      for (let index = 0; index < 230; index += 1) {
        const text = `SELECT name AS n${index} FROM folders`;
        await pool.query(text);
        expect((await pool.query(text)).rows).toEqual([{ [`n${index}`]: `of ${a.slug}` }]);
      }
    });
    expect(await named()).toBeLessThanOrEqual(200);
    expect(await named()).toBeGreaterThan(150);
  });

  it('survive DISCARD ALL and DDL under a cached plan, outside and at the head of a transaction', async () => {
    const all = 'SELECT * FROM folders';
    const read = async (): Promise<string[]> => Object.keys((await pool.query(all)).rows[0]);
    const readIn = (): Promise<string[]> =>
      pool.transaction(async (tx) => Object.keys((await tx.query<object>(all)).rows[0] ?? {}));
    await withTenant(a, async () => {
      for (const [at, way] of [read, readIn].entries()) {
        for (let time = 0; time < 3; time += 1) expect(await way()).toHaveLength(3 + at);
        await asAdmin(`ALTER TABLE folders ADD COLUMN extra_${at} int`);
        expect(await way()).toHaveLength(4 + at);
        const raw: () => Promise<pg.PoolClient> = pg.Pool.prototype.connect.bind(pool);
        const client = await raw();
        await client.query('DISCARD ALL');
        client.release();
        for (let time = 0; time < 3; time += 1) expect(await way()).toHaveLength(4 + at);
      }
      await asAdmin('ALTER TABLE folders DROP COLUMN extra_0, DROP COLUMN extra_1');
    });
  });

  it('can be switched off', async () => {
    const plain = new TenantPool({
      connectionString: db.app,
      max: 1,
      preparedStatements: false,
    });
    await withTenant(a, async () => {
      for (let time = 0; time < 3; time += 1) await plain.query(NAMES);
      const text = 'SELECT FROM pg_prepared_statements';
      expect((await plain.query(text)).rowCount).toBe(0);
    });
    await plain.end();
  });
});

describe('results', () => {
  it('are those of node-postgres', async () => {
    const reference = new pg.Client({ connectionString: db.admin });
    await reference.connect();
    const cases: pg.QueryConfig[] = [
      {
        text: "SELECT 1 AS a, 'x' AS b, NULL AS c, '{1,2}'::int[] AS d, now() > '2000-01-01' AS e",
      },
      { text: 'SELECT $1::jsonb AS j, $2::bytea AS x', values: [{ a: 1 }, Buffer.from([1, 2])] },
      { text: 'SELECT 1 AS a WHERE false' },
      { text: '' },
      { text: 'SELECT' },
      { text: 'SELECT 1 AS a, 2 AS b', rowMode: 'array' } as pg.QueryConfig,
    ];
    await withTenant(a, async () => {
      for (const config of cases) {
        const wanted = await reference.query({
          ...config,
          queryMode: 'extended',
        } as pg.QueryConfig);
        for (let time = 0; time < 3; time += 1) {
          const { rows, rowCount, command, fields } = await pool.query(config);
          expect({ rows, rowCount, command }).toEqual({
            rows: wanted.rows,
            rowCount: wanted.rowCount,
            command: wanted.command,
          });
          expect(fields.map(({ name }: { name: string }) => name)).toEqual(
            wanted.fields.map(({ name }) => name),
          );
        }
      }
    });
    await reference.end();
  });

  it('of COPY FROM STDIN are a clear error, and the connection goes on', async () => {
    await withTenant(a, async () => {
      await expect(pool.query('COPY folders (name) FROM STDIN')).rejects.toThrow(/not supported/);
      expect(await names()).toEqual([`of ${a.slug}`]);
    });
  });
});

describe('a wire that is cut', () => {
  const FLIGHT = "INSERT INTO folders (name) VALUES ('cut')";

  /** Cuts at each of the byte positions; afterwards every row is whole, and nobody's else. */
  async function cutEverywhere(
    direction: 'request' | 'answer',
    work: () => Promise<unknown>,
  ): Promise<{ failed: number; done: number }> {
    await withTenant(a, names);
    proxy.cutAfter(direction, Number.POSITIVE_INFINITY);
    await withTenant(a, work);
    const length = proxy.passed(direction);
    const outcome = { failed: 0, done: 0 };
    for (let at = 1; at <= length; at += Math.max(1, Math.floor(length / 40))) {
      await ofB();
      proxy.cutAfter(direction, at);
      await withTenant(a, work).then(
        () => {
          outcome.done += 1;
        },
        () => {
          outcome.failed += 1;
        },
      );
      proxy.cutAfter(direction, Number.POSITIVE_INFINITY);
      expect(await ofB()).toEqual([`of ${b.slug}`]);
    }
    return outcome;
  }

  /** A cut behind the last byte of an answer hits whatever comes next, once. */
  const ofB = (): Promise<string[]> => withTenant(b, names).catch(() => withTenant(b, names));

  it.each(['request', 'answer'] as const)(
    'at any byte of the %s fails that work whole, and the pool recovers',
    async (direction) => {
      const { failed } = await cutEverywhere(direction, () => pool.query(FLIGHT));
      expect(failed).toBeGreaterThan(10);
      const transaction = await cutEverywhere(direction, () =>
        pool.transaction(async (tx) => {
          await tx.query(FLIGHT);
          await tx.query(
            "INSERT INTO notes (folder_id, title, body) SELECT id, 'cut', '' FROM folders LIMIT 1",
          );
        }),
      );
      expect(transaction.failed).toBeGreaterThan(10);
      const [count] = await asAdmin(
        `SELECT (SELECT count(*)::int FROM notes) AS notes,
          (SELECT count(*)::int FROM folders WHERE tenant_id = '${b.id}') AS of_b`,
      );
      // What was reported as done is there; what failed may have been committed before the answer was cut.
      expect(count?.notes).toBeGreaterThanOrEqual(transaction.done);
      expect(count?.of_b).toBe(1);
    },
  );
});

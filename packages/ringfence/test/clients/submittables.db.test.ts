import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg, { type PoolClient } from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TenantPool } from '../../src/postgres/index.js';
import {
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../../src/testing/index.js';
import { createLibraryDatabase } from '../library-database.fixture.js';
import { startWireProxy, type WireProxy } from '../wire-proxy.fixture.js';
import type { LibraryTables } from './kysely-client.js';

// What drives a connection by itself would run without a binding, so it is refused, and never sent.

let db: TestDatabase;
let proxy: WireProxy;
let pool: TenantPool;
let a: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
  proxy = await startWireProxy(db.app);
});
afterAll(async () => {
  await proxy.close();
  await db.drop();
});
beforeEach(async () => {
  pool = new TenantPool({ connectionString: proxy.url, max: 1 });
  ({ a } = await twoTenants(db));
  await withTenant(a, () => pool.query("INSERT INTO folders (name) VALUES ('of a')"));
});
afterEach(() => pool.end());

const NAMES = 'SELECT name FROM folders';
const REFUSED = expect.objectContaining({ code: 'SUBMITTABLE_REFUSED' });
const SUBMITTABLES: [string, () => pg.Submittable][] = [
  ['a cursor', () => new Cursor(NAMES)],
  ['a query stream', () => new QueryStream(NAMES)],
  ['a query object', () => new pg.Query(NAMES) as unknown as pg.Submittable],
];

/** The pool's own methods are typed for what it takes. */
function submit(to: TenantPool | PoolClient, what: pg.Submittable): unknown {
  return to.query(what);
}

async function names(): Promise<string[]> {
  return (await pool.query(NAMES)).rows.map(({ name }: { name: string }) => name);
}

describe.each(SUBMITTABLES)('%s', (_, make) => {
  it('is refused by the pool, with a tenant and without, before anything is sent', async () => {
    const before = proxy.passed('request');
    await withTenant(a, () => expect(() => submit(pool, make())).toThrow(REFUSED));
    expect(() => submit(pool, make())).toThrow(REFUSED);
    expect(proxy.passed('request')).toBe(before);
  });

  it('is refused by a client in a transaction, which goes on', async () => {
    await withTenant(a, async () => {
      const client: PoolClient = await pool.connect();
      await client.query('BEGIN');
      await client.query("INSERT INTO folders (name) VALUES ('second')");
      expect(() => submit(client, make())).toThrow(REFUSED);
      await client.query('COMMIT');
      expect(() => submit(client, make())).toThrow(REFUSED);
      client.release();
      expect((await names()).sort()).toEqual(['of a', 'second']);
    });
    expect(pool.totalCount).toBe(1);
  });

  it('is refused by a client that joined a transaction', async () => {
    await withTenant(a, () =>
      pool.transaction(async () => {
        const joined: PoolClient = await pool.connect();
        expect(() => submit(joined, make())).toThrow(REFUSED);
        joined.release();
        expect(await names()).toEqual(['of a']);
      }),
    );
  });
});

it("Kysely's stream() is refused, and its connection goes on", async () => {
  const dialect = new PostgresDialect({ pool, cursor: Cursor });
  const kysely = new Kysely<LibraryTables>({ dialect });
  await withTenant(a, async () => {
    const read = async (): Promise<void> => {
      for await (const row of kysely.selectFrom('folders').selectAll().stream()) {
        expect.fail(`A row came: ${Object.keys(row)}`);
      }
    };
    await expect(read()).rejects.toThrow(REFUSED);
    expect((await kysely.executeQuery(CompiledQuery.raw(NAMES))).rows).toEqual([{ name: 'of a' }]);
  });
  expect(pool.totalCount).toBe(1);
});

it('a cursor made in SQL pages inside its transaction, and is the tenant’s', async () => {
  await withTenant(a, () =>
    pool.transaction(async (tx) => {
      await tx.query(`DECLARE page CURSOR FOR ${NAMES}`);
      expect((await tx.query('FETCH 10 FROM page')).rows).toEqual([{ name: 'of a' }]);
    }),
  );
});

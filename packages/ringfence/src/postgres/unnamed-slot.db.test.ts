import pg, { type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { TenantPool } from './tenant-pool.js';

// The binder is parsed once per connection and stays its unnamed statement. Nothing that anybody else
// puts there may run in its place.

const NAMES = 'SELECT name FROM folders';
let db: TestDatabase;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;
/** Texts of the Parse messages that went over the wire. */
let parsed: string[];

beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  pool = new TenantPool({ connectionString: db.app, max: 1 });
  ({ a, b } = await twoTenants(db));
  parsed = [];
  pool.on('connect', (client) => {
    const { stream } = (client as unknown as { connection: { stream: NodeJS.WritableStream } })
      .connection;
    const { write } = stream;
    stream.write = ((...args: [Buffer]) => {
      const text = args[0].toString('latin1');
      parsed.push(...(text.match(/CALL ringfence\.bind/g) ?? []));
      return write.apply(stream, args as never);
    }) as typeof stream.write;
  });
  for (const tenant of [a, b]) {
    const insert = () => pool.query('INSERT INTO folders (name) VALUES ($1)', [tenant.slug]);
    await withTenant(tenant, insert);
  }
});
afterEach(() => pool.end());

const names = (tenant: TestTenant): Promise<unknown[]> =>
  withTenant(tenant, async () =>
    (await pool.query(NAMES)).rows.map((row: { name: string }) => row.name),
  );

/** Until the statement has its name, and the binder may stay. */
async function settle(): Promise<void> {
  for (let times = 0; times < 3; times += 1) expect(await names(a)).toEqual([a.slug]);
  parsed = [];
}

/** The raw connection behind the pool, as a hook of the pool would have it. */
async function raw<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const connect = pg.Pool.prototype.connect as () => Promise<PoolClient>;
  const client = await connect.call(pool);
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

describe('the binder as the unnamed statement', () => {
  it('is parsed once for many statements of both tenants', async () => {
    await settle();
    for (let times = 0; times < 5; times += 1) {
      expect(await names(b)).toEqual([b.slug]);
      expect(await names(a)).toEqual([a.slug]);
    }
    expect(parsed).toEqual([]);
  });

  it('is parsed again after a statement that took its place', async () => {
    await settle();
    await withTenant(a, () => pool.query('SELECT 1 AS never_seen_before'));
    expect(await names(b)).toEqual([b.slug]);
    expect(parsed).toHaveLength(1);
  });

  it.each([
    [
      'with parameters',
      (client: PoolClient) => client.query('SELECT $1::text, $2::text', ['x', 'y']),
    ],
    ['without', (client: PoolClient) => client.query('SELECT 1')],
    ['DISCARD ALL', (client: PoolClient) => client.query('DISCARD ALL')],
  ])('is parsed again after raw use of the connection: %s', async (_how, use) => {
    await settle();
    await raw(use);
    expect(await names(b)).toEqual([b.slug]);
    expect(parsed).not.toEqual([]);
  });

  it('is parsed again after an error', async () => {
    await settle();
    await expect(withTenant(a, () => pool.query('SELECT 1 / 0 AS x'))).rejects.toThrow(/zero/);
    expect(await names(b)).toEqual([b.slug]);
    expect(parsed.length).toBeGreaterThan(0);
  });

  it('is not reached by SQL, which can neither name nor replace it', async () => {
    await settle();
    const attempts = [
      'DEALLOCATE ALL',
      `DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; EXECUTE 'PREPARE "" AS SELECT 1'; END $$`,
      `DO $$ BEGIN EXECUTE 'EXECUTE ""'; END $$`,
      'PREPARE "" (uuid, text) AS SELECT $2',
    ];
    for (const text of attempts) {
      await withTenant(a, () => pool.query(text)).catch(() => undefined);
      expect(await names(b)).toEqual([b.slug]);
      expect(await names(a)).toEqual([a.slug]);
    }
    const { rows } = await raw((client) =>
      client.query('SELECT statement FROM pg_prepared_statements'),
    );
    expect(rows.filter(({ statement }) => /bind/.test(statement))).toEqual([]);
  });

  it('is sent once more when the server has dropped it behind our back', async () => {
    await settle();
    await raw(async (client) => {
      const { connection } = client as unknown as { connection: { stream: NodeJS.WritableStream } };
      // Close of the unnamed statement, and Sync: nothing of node-postgres sends that.
      const close = Buffer.from([0x43, 0, 0, 0, 6, 0x53, 0, 0x53, 0, 0, 0, 4]);
      connection.stream.write(close);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    expect(await names(b)).toEqual([b.slug]);
    expect(parsed).toHaveLength(1);
  });
});

describe('a limit that is written out', () => {
  it('lets the server keep the plan, and answers the same', async () => {
    const text = 'SELECT name FROM folders WHERE name = $1 LIMIT $2 OFFSET $3';
    await withTenant(a, async () => {
      for (let times = 0; times < 12; times += 1) {
        const { rows } = await pool.query(text, [a.slug, '1', '0']);
        expect(rows).toEqual([{ name: a.slug }]);
        expect((await pool.query(text, [a.slug, '1', '1'])).rows).toEqual([]);
      }
    });
    const plans = 'SELECT statement, generic_plans::int AS kept FROM pg_prepared_statements';
    const { rows } = await raw((client) => client.query(plans));
    const kept = (end: string) => rows.find(({ statement }) => statement.endsWith(end))?.kept;
    expect(kept('LIMIT 1 OFFSET 0')).toBeGreaterThan(0);
    expect(kept('LIMIT $2 OFFSET $3')).toBeDefined();
  });
});

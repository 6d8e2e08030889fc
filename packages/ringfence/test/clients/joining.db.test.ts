import { drizzle } from 'drizzle-orm/node-postgres';
import { Kysely, PostgresDialect } from 'kysely';
import type { PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newFrame, runInFrame, runInTenant } from '../../src/context/index.js';
import { fromPostgres } from '../../src/errors/index.js';
import { TenantPool } from '../../src/postgres/index.js';
import {
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../../src/testing/index.js';
import { createLibraryDatabase } from '../library-database.fixture.js';
import { libraryPrisma } from '../library-prisma.fixture.js';
import type { LibraryTables } from './kysely-client.js';

// The edges of joining, one by one; docs/connection.md names each.

let db: TestDatabase;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  pool = new TenantPool({ connectionString: db.app, max: 1 });
  ({ a, b } = await twoTenants(db));
});
afterEach(() => pool.end());

const add = (name: string, to: { query: TenantPool['query'] } = pool): Promise<unknown> =>
  to.query('INSERT INTO folders (name) VALUES ($1)', [name]);
const names = async (): Promise<string[]> =>
  (await pool.query('SELECT name FROM folders ORDER BY name')).rows.map(
    ({ name }: { name: string }) => name,
  );
const code = (wanted: string): object => expect.objectContaining({ code: wanted });

describe('a transaction of the pool', () => {
  it('is joined by every client of that pool, at any depth of calls', async () => {
    const kysely = new Kysely<LibraryTables>({ dialect: new PostgresDialect({ pool }) });
    const { prisma } = libraryPrisma(pool);
    await withTenant(a, async () => {
      const undone = pool.transaction(async () => {
        await add('pg');
        await prisma.folder.create({ data: { name: 'Prisma' } });
        await kysely.insertInto('folders').values({ name: 'Kysely' }).execute();
        await drizzle({ client: pool }).execute("INSERT INTO folders (name) VALUES ('Drizzle')");
        await kysely.transaction().execute(async (tx) => {
          await tx.insertInto('folders').values({ name: 'Kysely, nested' }).execute();
        });
        await withTenant(a, () => add('the same tenant entered again'));
        expect(await names()).toHaveLength(6);
        throw new Error('undo');
      });
      await expect(undone).rejects.toThrow('undo');
      expect(await names()).toEqual([]);
    });
  });

  it('refuses work that has lost the context, and goes on', async () => {
    await withTenant(a, () =>
      pool.transaction(async (tx) => {
        const lost = (): Promise<unknown> => runInFrame(newFrame(), () => tx.query('SELECT 1'));
        await expect(lost()).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
        await expect(runInFrame(newFrame(), () => names())).rejects.toThrow(
          code('TENANT_CONTEXT_MISSING'),
        );
        await add('still good');
      }),
    );
    expect(await withTenant(a, names)).toEqual(['still good']);
  });

  it('refuses another tenant, whether meant or not, and goes on', async () => {
    await withTenant(a, () =>
      pool.transaction(async () => {
        for (const nested of ['refuse', 'separate'] as const) {
          await expect(runInTenant(b.id, names, { nested })).rejects.toThrow(
            code('TENANT_SWITCH_IN_TRANSACTION'),
          );
        }
        await add('still good');
      }),
    );
    expect(await withTenant(a, names)).toEqual(['still good']);
  });

  it('is not joined by another pool, which takes a connection of its own', async () => {
    const other = new TenantPool({ connectionString: db.app, max: 1 });
    await withTenant(a, () =>
      pool.transaction(async () => {
        await add('inside');
        await add('of the other pool', other);
        throw new Error('undo');
      }),
    ).catch(() => undefined);
    await other.end();
    expect(await withTenant(a, names)).toEqual(['of the other pool']);
  });

  it('ends for work that was left running inside: it fails, and takes no connection', async () => {
    let late: Promise<unknown> = Promise.resolve();
    await withTenant(a, () =>
      pool.transaction(async () => {
        await add('inside');
        late = new Promise((resolve) => setTimeout(resolve, 30)).then(() => add('escaped'));
        late.catch(() => undefined);
      }),
    );
    await expect(late).rejects.toThrow(code('TRANSACTION_CLOSED'));
    expect(await withTenant(a, names)).toEqual(['inside']);
  });

  it('is not ended by a joined client that forgets to end its own', async () => {
    await withTenant(a, () =>
      pool.transaction(async () => {
        const joined: PoolClient = await pool.connect();
        await joined.query('BEGIN');
        await joined.query("INSERT INTO folders (name) VALUES ('forgotten')");
        joined.release();
        await add('kept');
      }),
    );
    expect(await withTenant(a, names)).toEqual(['kept']);
  });
});

describe("another client's own transaction", () => {
  it('is joined inside joinable()', async () => {
    const db = drizzle({ client: pool });
    await withTenant(a, async () => {
      const undone = pool.joinable(() =>
        db.transaction(async (tx) => {
          await tx.execute("INSERT INTO folders (name) VALUES ('tx')");
          await add('pool');
          throw new Error('undo');
        }),
      );
      await expect(undone).rejects.toThrow('undo');
      expect(await names()).toEqual([]);
    });
  });

  it('is not joined without: the pool’s calls inside are transactions of their own', async () => {
    const two = new TenantPool({ connectionString: db.app, max: 2 });
    await withTenant(a, async () => {
      const undone = drizzle({ client: two }).transaction(async (tx) => {
        await tx.execute("INSERT INTO folders (name) VALUES ('tx')");
        await add('pool', two);
        throw new Error('undo');
      });
      await expect(undone).rejects.toThrow('undo');
      expect(await names()).toEqual(['pool']);
    });
    await two.end();
  });

  it('does not wait for ever for a pool of one, and nothing is left half done', async () => {
    expect(pool.options.connectionTimeoutMillis).toBe(30_000);
    const one = new TenantPool({
      connectionString: db.app,
      max: 1,
      connectionTimeoutMillis: 50,
    });
    await withTenant(a, async () => {
      const stuck = drizzle({ client: one }).transaction(async (tx) => {
        await tx.execute("INSERT INTO folders (name) VALUES ('tx')");
        await add('pool', one);
      });
      const error = await stuck.catch((reason: unknown) => reason);
      expect(fromPostgres(error).code).toBe('DATABASE_UNAVAILABLE');
      expect(await names()).toEqual([]);
    });
    expect(one.idleCount).toBe(1);
    await one.end();
  });
});

describe('the pool', () => {
  it('is not held while the application thinks', async () => {
    const { prisma } = libraryPrisma(pool);
    await withTenant(a, async () => {
      for (const work of [() => add('x'), () => prisma.folder.findMany(), () => names()]) {
        await work();
        expect(pool.idleCount).toBe(pool.totalCount);
      }
      expect(pool.waitingCount).toBe(0);
    });
  });
});

import { randomUUID } from 'node:crypto';
import pg, { type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { currentTenant } from '../../src/context/index.js';
import { fromPostgres } from '../../src/errors/index.js';
import { TenantPool, type TenantPoolConfig } from '../../src/postgres/index.js';
import { fromPrisma } from '../../src/prisma/index.js';
import {
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../../src/testing/index.js';
import { startWireProxy, type WireProxy } from '../wire-proxy.fixture.js';
import { type ContractCase, type ContractClient, sqlStateOf } from './contract-client.js';

/** Where the contract is run: a database, and the way to it. */
export interface ContractPlace {
  readonly db: TestDatabase;
  /** Connection URL and settings of the pool, where they are not those of the database itself. */
  readonly settings?: TenantPoolConfig;
}

/** The one contract that every client of the pool is held to, with two tenants, as the application. */
export function describeClientContract(
  { client: title, open }: ContractCase,
  place: () => ContractPlace,
): void {
  describe(title, () => {
    let proxy: WireProxy;
    let one: TenantPool;
    let several: TenantPool;
    let client: ContractClient;
    let busy: ContractClient;
    let a: TestTenant;
    let b: TestTenant;

    beforeAll(async () => {
      const { db, settings } = place();
      proxy = await startWireProxy(settings?.connectionString ?? db.app);
      const pool = (max: number): TenantPool =>
        new TenantPool({ ...settings, connectionString: proxy.url, max });
      one = pool(1);
      several = pool(4);
      client = open(one);
      busy = open(several);
    });
    afterAll(async () => {
      await one.end();
      await several.end();
      await proxy.close();
    });
    beforeEach(async () => {
      ({ a, b } = await twoTenants(place().db));
      for (const tenant of [a, b]) await withTenant(tenant, () => client.add('own'));
    });
    // Whatever a test did: the connection is idle, and knows no tenant.
    afterEach(async () => expect(await leftBehind(one)).toEqual({ tenant: '', status: 'I' }));

    const as = <T>(tenant: TestTenant, fn: () => Promise<T>): Promise<T> => withTenant(tenant, fn);

    it('shows each tenant its own rows only', async () => {
      await as(a, () => client.add('of a'));
      expect(await as(a, () => client.names())).toEqual(['of a', 'own']);
      expect(await as(b, () => client.names())).toEqual(['own']);
    });

    it('changes and deletes own rows only, outside and inside a transaction', async () => {
      const id = await as(a, () => client.add('of a'));
      await as(b, async () => {
        expect(await client.rename(id, 'stolen')).toBe(0);
        expect(await client.remove(id)).toBe(0);
        await client.transaction(async (tx) => {
          expect(await tx.rename(id, 'stolen')).toBe(0);
          expect(await tx.remove(id)).toBe(0);
        });
      });
      await as(a, async () => {
        expect(await client.names()).toContain('of a');
        expect(await client.rename(id, 'renamed')).toBe(1);
        expect(await client.names()).toContain('renamed');
        expect(await client.remove(id)).toBe(1);
        expect(await client.names()).toEqual(['own']);
      });
    });

    it('cannot insert for another tenant, nor refer to its rows', async () => {
      const id = await as(a, () => client.add('of a'));
      await as(b, async () => {
        expect(sqlStateOf(await failure(client.addFor(a.id, 'planted')))).toBe('42501');
        expect(sqlStateOf(await failure(client.addNote(id)))).toBe('23503');
      });
      expect(await as(a, () => client.names())).toEqual(['of a', 'own']);
      await as(a, () => client.addNote(id));
    });

    it('is refused without a tenant before anything is sent', async () => {
      const before = proxy.passed('request');
      const calls: (() => Promise<unknown>)[] = [
        () => client.add('x'),
        () => client.names(),
        () => client.rename(randomUUID(), 'x'),
        () => client.remove(randomUUID()),
        () => client.raw('SELECT $1 AS x', 'x'),
        () => client.transaction((tx) => tx.names()),
      ];
      for (const call of calls) {
        expect(ringfenceCode(await failure(call()))).toBe('TENANT_CONTEXT_MISSING');
      }
      expect(proxy.passed('request')).toBe(before);
    });

    it('commits a transaction whole, and rolls it back whole', async () => {
      await as(a, async () => {
        await client.transaction(async (tx) => {
          const id = await tx.add('one');
          await tx.addNote(id);
          await tx.add('two');
          expect(await tx.names()).toEqual(['one', 'own', 'two']);
        });
        const stop = new Error('stop');
        const undone = client.transaction(async (tx) => {
          await tx.add('three');
          throw stop;
        });
        expect(await failure(undone)).toBe(stop);
        expect(await client.names()).toEqual(['one', 'own', 'two']);
      });
      expect(await as(b, () => client.names())).toEqual(['own']);
    });

    it('joins its own transaction from everywhere inside, on a pool of one', async () => {
      await as(a, async () => {
        const undone = client.transaction(async (tx) => {
          await tx.add('inner client');
          await client.add('outer client');
          await one.query("INSERT INTO folders (name) VALUES ('pool')");
          await Promise.all([client.add('at once 1'), client.add('at once 2')]);
          await client.transaction(async (nested) => {
            await nested.add('nested');
            await client.add('nested, outer client');
          });
          const half = client.transaction(async (nested) => {
            await nested.add('nested and undone');
            await client.raw('SELECT 1 / ($1::int - 1) AS x', '1');
          });
          expect(sqlStateOf(await failure(half))).toBe('22012');
          expect(await tx.names()).toEqual([
            'at once 1',
            'at once 2',
            'inner client',
            'nested',
            'nested, outer client',
            'outer client',
            'own',
            'pool',
          ]);
          throw new Error('undo all of it');
        });
        await expect(undone).rejects.toThrow('undo all of it');
        expect(await client.names()).toEqual(['own']);
      });
    });

    it('refuses another tenant inside its transaction', async () => {
      await as(a, () =>
        client.transaction(async (tx) => {
          const inside = failure(withTenant(b, () => tx.names()));
          expect(ringfenceCode(await inside)).toBe('TENANT_SWITCH_IN_TRANSACTION');
          expect(await tx.names()).toEqual(['own']);
        }),
      );
    });

    it("brings PostgreSQL's codes to the caller, and goes on", async () => {
      await as(a, async () => {
        const failing: [string, () => Promise<unknown>][] = [
          ['22012', () => client.raw('SELECT 1 / ($1::int - 1) AS x', '1')],
          ['23503', () => client.addNote(randomUUID())],
          ['42P01', () => client.raw('SELECT $1 AS x FROM nowhere', 'x')],
          ['42601', () => client.raw('SELECT $1 FROM FROM', 'x')],
        ];
        for (const [state, call] of failing) {
          expect(sqlStateOf(await failure(call()))).toBe(state);
          expect(sqlStateOf(await failure(client.transaction(call)))).toBe(state);
          expect(await client.names()).toEqual(['own']);
        }
      });
    });

    it('never reports a transaction as done in which a failure was swallowed', async () => {
      await as(a, async () => {
        const swallowing = client.transaction(async (tx) => {
          await tx.add('lost');
          await failure(tx.raw('SELECT 1 / ($1::int - 1) AS x', '1'));
        });
        expect(ringfenceCode(await failure(swallowing))).toBe('TRANSACTION_NOT_COMMITTED');
        expect(await client.names()).toEqual(['own']);
      });
    });

    it('keeps a hundred mixed calls of two tenants apart', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, (_, at) =>
          withTenant(at % 2 === 0 ? a : b, () => mixed(busy, at)),
        ),
      );
      expect(outcomes.filter((one) => one === 'kept')).toHaveLength(60);
      for (const tenant of [a, b]) {
        const names = await as(tenant, () => busy.names());
        expect(names).toHaveLength(31);
        for (const name of names) expect(['own', `of ${tenant.id}`]).toContain(name);
      }
    });
  });
}

/** One of five kinds of work; what it reads must be the caller's own. */
async function mixed(client: ContractClient, at: number): Promise<'kept' | 'undone' | 'read'> {
  const own = `of ${currentTenant().tenantId}`;
  const onlyOwn = (names: readonly string[]): void => {
    for (const name of names) expect(['own', own]).toContain(name);
  };
  switch (Math.floor(at / 2) % 5) {
    case 0:
      await client.add(own);
      return 'kept';
    case 1:
      await client.transaction(async (tx) => {
        await tx.add(own);
        onlyOwn(await tx.names());
      });
      return 'kept';
    case 2:
      await failure(client.raw('SELECT 1 / ($1::int - 1) AS x', '1'));
      await client.add(own);
      return 'kept';
    case 3:
      await failure(
        client.transaction(async (tx) => {
          await tx.add(own);
          throw new Error('undo');
        }),
      );
      return 'undone';
    default:
      onlyOwn(await client.names());
      return 'read';
  }
}

/** What a call is rejected with; a call that goes well is what fails the test. */
async function failure(work: Promise<unknown>): Promise<unknown> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) expect.fail('It was expected to fail.');
  return outcome.error;
}

function ringfenceCode(error: unknown): string {
  return (fromPrisma(error) ?? fromPostgres(error)).code;
}

/** What the connection says when it is taken from the pool without any binding. */
async function leftBehind(pool: TenantPool): Promise<{ tenant: string; status: string | null }> {
  const raw: () => Promise<PoolClient> = pg.Pool.prototype.connect.bind(pool);
  const client = await raw();
  try {
    const text = "SELECT coalesce(current_setting('app.current_tenant_id', true), '') AS tenant";
    const status = client.getTransactionStatus();
    const { rows } = await client.query(text);
    return { tenant: rows[0].tenant, status };
  } finally {
    client.release();
  }
}

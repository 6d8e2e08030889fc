import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Prisma, PrismaClient } from '../../test/generated/prisma/client.js';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { libraryPrisma } from '../../test/library-prisma.fixture.js';
import {
  captureFrame,
  newFrame,
  runInFrame,
  runInTenant,
  tenantContext,
} from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { fromPrisma } from './from-prisma.js';

const code = (wanted: string): object => expect.objectContaining({ code: wanted });

let db: TestDatabase;
let pool: TenantPool;
let prisma: PrismaClient;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());

beforeEach(async () => {
  ({ a, b } = await twoTenants(db));
  // One connection: whatever should join and does not waits for itself, and the test runs out of time.
  pool = new TenantPool({ connectionString: db.app, max: 1 });
  prisma = libraryPrisma(pool).prisma;
});
afterEach(() => pool.end());

const add = (name: string, client: Prisma.TransactionClient = prisma): Promise<unknown> =>
  client.folder.create({ data: { name } });
const addRaw = (name: string): Promise<unknown> =>
  pool.query('INSERT INTO folders (name) VALUES ($1)', [name]);
const names = async (client: Prisma.TransactionClient = prisma): Promise<string[]> =>
  (await client.folder.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name);

async function killBackends(): Promise<void> {
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = $1`,
    [new URL(db.app).username],
  );
  await admin.end();
}

describe('an interactive transaction', () => {
  it('is joined by every way to the database inside it', async () => {
    await withTenant(a, async () => {
      await prisma.$transaction(async (tx) => {
        await add('tx', tx);
        await add('outer client');
        await addRaw('pool');
        await Promise.all([add('p1', tx), add('p2'), addRaw('p3')]);
        await prisma.folder.create({
          data: { name: 'nested write', notes: { create: [{ title: 't', body: 'b' }] } },
        });
        await prisma.$transaction([
          add('array 1'),
          add('array 2'),
        ] as Prisma.PrismaPromise<unknown>[]);
        await pool.transaction((client) =>
          client.query("INSERT INTO folders (name) VALUES ('pool transaction')"),
        );
        expect(await names(tx)).toEqual(await names());
      });
      expect(await names()).toEqual([
        'array 1',
        'array 2',
        'nested write',
        'outer client',
        'p1',
        'p2',
        'p3',
        'pool',
        'pool transaction',
        'tx',
      ]);
    });
  });

  it('undoes all of it when it fails', async () => {
    await withTenant(a, async () => {
      await expect(
        prisma.$transaction(async (tx) => {
          await add('tx', tx);
          await add('outer client');
          await addRaw('pool');
          throw new Error('undo');
        }),
      ).rejects.toThrow('undo');
      expect(await names()).toEqual([]);
    });
  });

  it('joins a transaction of the pool around it', async () => {
    await withTenant(a, async () => {
      await expect(
        pool.transaction(async () => {
          await add('plain');
          await prisma.$transaction(async (tx) => add('interactive', tx));
          await prisma.$transaction([prisma.folder.count(), prisma.folder.count()]);
          expect(await names()).toEqual(['interactive', 'plain']);
          throw new Error('undo');
        }),
      ).rejects.toThrow('undo');
      expect(await names()).toEqual([]);
    });
  });

  it('nests as a savepoint, by the outer client and by its own', async () => {
    await withTenant(a, async () => {
      await prisma.$transaction(async (tx) => {
        await add('kept', tx);
        for (const client of [prisma, tx as PrismaClient]) {
          await client.$transaction(async (inner) => add('inner kept', inner));
          await expect(
            client.$transaction(async (inner) => {
              await add('inner undone', inner);
              await addRaw('inner undone too');
              await inner.$queryRaw`SELECT 1/0`;
            }),
          ).rejects.toThrow(/division/);
        }
      });
      expect(await names()).toEqual(['inner kept', 'inner kept', 'kept']);
    });
  });

  it('lets nested ones of the outer client take turns', async () => {
    await withTenant(a, async () => {
      const outcomes = await prisma.$transaction(() =>
        Promise.allSettled(
          ['x', 'y', 'z'].map((name) =>
            prisma.$transaction(async (inner) => {
              await add(name, inner);
              if (name === 'y') throw new Error('not y');
            }),
          ),
        ),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await names()).toEqual(['x', 'z']);
    });
  });

  it('refuses to enter another tenant inside', async () => {
    await withTenant(a, () =>
      prisma.$transaction(async (tx) => {
        for (const nested of ['refuse', 'separate'] as const) {
          await expect(runInTenant(b.id, () => add('x', tx), { nested })).rejects.toThrow(
            code('TENANT_SWITCH_IN_TRANSACTION'),
          );
        }
        await add('of a', tx);
      }),
    );
    expect(await withTenant(a, () => names())).toEqual(['of a']);
    expect(await withTenant(b, () => names())).toEqual([]);
  });

  it('belongs to its tenant: its client is of no use to another, nor to nobody', async () => {
    await withTenant(a, () =>
      prisma.$transaction(async (tx) => {
        const promise = tx.folder.findMany();
        const asB = newFrame(tenantContext(b.id, { kind: 'system', reason: 'test' }));
        for (const use of [() => promise, () => tx.folder.findMany(), () => add('planted', tx)]) {
          const failure = await runInFrame(asB, async () => await use()).catch((error) => error);
          // An error of the library, although Prisma takes it for its own on the way.
          expect(failure).toBeInstanceOf(RingfenceError);
          expect(failure).toMatchObject({ code: 'TENANT_SWITCH_IN_TRANSACTION' });
        }
        await expect(
          runInFrame(newFrame(), async () => await tx.folder.findMany()),
        ).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
      }),
    );
    expect(await withTenant(a, () => names())).toEqual([]);
  });

  it('needs a tenant', async () => {
    await expect(prisma.$transaction(async () => 1)).rejects.toThrow(
      code('TENANT_CONTEXT_MISSING'),
    );
    expect(pool.totalCount).toBe(0);
  });

  it('is never reported as committed after a failure that was swallowed inside', async () => {
    await withTenant(a, async () => {
      await expect(
        prisma.$transaction(async (tx) => {
          await add('lost', tx);
          await tx.$queryRaw`SELECT 1/0`.catch(() => undefined);
        }),
      ).rejects.toThrow(code('TRANSACTION_NOT_COMMITTED'));
      await expect(
        prisma.$transaction(async (tx) => {
          await add('lost', tx);
          await pool.query('SELECT 1/0').catch(() => undefined);
        }),
      ).rejects.toThrow(code('TRANSACTION_NOT_COMMITTED'));
      expect(await names()).toEqual([]);
    });
  });

  it('never reports as done what was not run, behind a failure of the same tick', async () => {
    const bad = { name: 'bad', notes: { connect: { id: randomUUID() } } };
    await withTenant(a, () =>
      prisma.$transaction(async (tx) => {
        const outcomes = await Promise.allSettled([
          tx.folder.create({ data: bad }),
          tx.folder.create({ data: { name: 'not run' } }),
        ]);
        expect(outcomes).toMatchObject([
          { reason: { code: 'P2018' } },
          { reason: { code: 'TRANSACTION_NOT_COMMITTED' } },
        ]);
        expect(await tx.folder.count({ where: { name: 'not run' } })).toBe(0);
      }),
    );
  });

  it('refuses work that outlives it', async () => {
    await withTenant(a, async () => {
      let late: (() => Promise<unknown>)[] = [];
      await prisma.$transaction(async (tx) => {
        const run = captureFrame();
        late = [
          () => run(() => add('late')),
          () => run(() => addRaw('late')),
          () => add('late', tx),
        ];
      });
      for (const work of late) {
        const error = await work().then(() => undefined, fromPrisma);
        expect(error).toMatchObject({ code: 'TRANSACTION_CLOSED' });
      }
      expect(await names()).toEqual([]);
    });
  });

  it('that has run out of time takes everything inside with it', async () => {
    await withTenant(a, async () => {
      const failure = await prisma
        .$transaction(
          async (tx) => {
            await add('lost', tx);
            await sleep(100);
            await expect(addRaw('slipped')).rejects.toThrow(code('TRANSACTION_CLOSED'));
            await add('lost too', tx);
          },
          { timeout: 20 },
        )
        .then(() => undefined, fromPrisma);
      expect(failure).toMatchObject({ code: 'TRANSACTION_CLOSED' });
      expect(await names()).toEqual([]);
    });
  });

  it.each([
    ['ReadCommitted', 'read committed'],
    ['RepeatableRead', 'repeatable read'],
    ['Serializable', 'serializable'],
  ] as const)('runs at isolation level %s', async (isolationLevel, shown) => {
    await withTenant(a, async () => {
      const level = [{ transaction_isolation: shown }];
      const show = (client: Prisma.TransactionClient = prisma) =>
        client.$queryRaw`SHOW transaction_isolation`;
      await prisma.$transaction(
        async (tx) => {
          await add('of a', tx);
          expect(await show(tx)).toEqual(level);
          expect(await show()).toEqual(level);
        },
        { isolationLevel },
      );
      const array = [prisma.folder.count(), prisma.$queryRaw`SHOW transaction_isolation`] as const;
      expect(await prisma.$transaction([...array], { isolationLevel })).toEqual([1, level]);
    });
  });

  it('refuses an isolation level for a nested one, and goes on', async () => {
    await withTenant(a, async () => {
      const isolationLevel = 'Serializable';
      await prisma.$transaction(async (tx) => {
        await add('of a', tx);
        await expect(
          prisma.$transaction(async (inner) => add('x', inner), { isolationLevel }),
        ).rejects.toThrow(code('TRANSACTION_CONTROL_REFUSED'));
      });
      expect(await names()).toEqual(['of a']);
    });
  });

  it('keeps what runs beside a nested write out of its savepoint', async () => {
    await withTenant(a, async () => {
      await prisma.$transaction(async (tx) => {
        await add('first', tx);
        const missing = randomUUID();
        const outcomes = await Promise.allSettled([
          // Several statements, so Prisma begins a transaction of its own: a savepoint here.
          prisma.folder.create({
            data: {
              name: 'undone',
              notes: {
                create: [
                  { id: missing, title: 't', body: 'b' },
                  { id: missing, title: 't', body: 'b' },
                ],
              },
            },
          }),
          add('beside by tx', tx),
          addRaw('beside by the pool'),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual([
          'rejected',
          'fulfilled',
          'fulfilled',
        ]);
      });
      expect(await names()).toEqual(['beside by the pool', 'beside by tx', 'first']);
    });
  });

  it('fails whole when its connection is killed, and the pool recovers', async () => {
    await withTenant(a, async () => {
      const failure = await prisma
        .$transaction(async (tx) => {
          await add('half', tx);
          await killBackends();
          await add('other half', tx);
        })
        .then(() => undefined, fromPrisma);
      expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      expect(await names()).toEqual([]);
    });
    expect(await withTenant(b, () => names())).toEqual([]);
  });
});

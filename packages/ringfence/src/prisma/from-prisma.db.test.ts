import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Prisma, PrismaClient } from '../../test/generated/prisma/client.js';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { libraryPrisma } from '../../test/library-prisma.fixture.js';
import { newFrame, runInFrame, tenantContext } from '../context/index.js';
import { type ErrorCode, RingfenceError } from '../errors/index.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { fromPrisma } from './from-prisma.js';
import { tenantPrisma } from './tenant-prisma.js';

const SECRET = 'ada@example.test';

let db: TestDatabase;
let pool: TenantPool;
let prisma: PrismaClient;
let a: TestTenant;
let b: TestTenant;
let folderId: string;
let noteId: string;

beforeAll(async () => {
  db = await createLibraryDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 2 });
  prisma = libraryPrisma(pool).prisma;
  ({ a, b } = await twoTenants(db));
  await withTenant(a, async () => {
    folderId = (await prisma.folder.create({ data: { name: SECRET } })).id;
    noteId = (await prisma.note.create({ data: { folderId, title: SECRET, body: '' } })).id;
  });
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

const text = { title: 't', body: '' };
const nowhere = () => ({ id: randomUUID() });

/** A client that cannot reach its database. */
async function elsewhere<T>(url: string, fn: (client: PrismaClient) => PromiseLike<T>): Promise<T> {
  const other = new TenantPool({ connectionString: url });
  try {
    return await fn(tenantPrisma(other, (adapter) => new PrismaClient({ adapter })));
  } finally {
    await other.end();
  }
}

async function killBackends(): Promise<void> {
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  await admin.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await admin.end();
}

/** Two serializable transactions that each read what the other writes. */
async function collide(inOwnFrame: boolean): Promise<unknown> {
  const other = <T>(fn: () => T): T =>
    runInFrame(newFrame(tenantContext(a.id, { kind: 'system', reason: 'other request' })), fn);
  const add = async (tx: Prisma.TransactionClient) =>
    await tx.folder.create({ data: { name: String(await tx.folder.count()) } });
  const isolationLevel = 'Serializable';
  return prisma.$transaction(
    async (tx) => {
      await tx.folder.count();
      // With its own write first, the collision is noticed at COMMIT and not at a statement.
      if (inOwnFrame) await add(tx);
      await other(() => prisma.$transaction(add, { isolationLevel }));
      if (!inOwnFrame) await add(tx);
    },
    { isolationLevel },
  );
}

/** Refused by every server, also by one that asks for no password. */
const stranger = (): string => {
  const url = new URL(db.app);
  url.username = `nobody_${randomUUID()}`;
  return url.href;
};

/** What somebody does → what it becomes. Each is really done. */
const CASES: readonly [does: string, becomes: ErrorCode, run: () => PromiseLike<unknown>][] = [
  [
    'create what exists',
    'ALREADY_EXISTS',
    () => prisma.folder.create({ data: { id: folderId, name: SECRET } }),
  ],
  [
    'create what exists, raw',
    'ALREADY_EXISTS',
    () => prisma.$executeRaw`INSERT INTO folders (id, name) VALUES (${folderId}::uuid, ${SECRET})`,
  ],
  [
    'refer to nothing by id',
    'REFERENCE_NOT_FOUND',
    () => prisma.note.create({ data: { ...text, folderId: randomUUID() } }),
  ],
  [
    'connect to nothing',
    'REFERENCE_NOT_FOUND',
    () => prisma.note.create({ data: { ...text, folder: { connect: nowhere() } } }),
  ],
  [
    'connect nothing from the other end',
    'REFERENCE_NOT_FOUND',
    () => prisma.folder.create({ data: { name: SECRET, notes: { connect: nowhere() } } }),
  ],
  [
    'connect to nothing later',
    'REFERENCE_NOT_FOUND',
    () => prisma.note.update({ where: { id: noteId }, data: { folder: { connect: nowhere() } } }),
  ],
  [
    'update a nested nothing',
    'REFERENCE_NOT_FOUND',
    () =>
      prisma.folder.update({
        where: { id: folderId },
        data: { notes: { update: { where: nowhere(), data: text } } },
      }),
  ],
  [
    'delete a nested nothing',
    'REFERENCE_NOT_FOUND',
    () => prisma.folder.update({ where: { id: folderId }, data: { notes: { delete: nowhere() } } }),
  ],
  [
    'delete what others refer to',
    'HAS_CHILDREN',
    () => prisma.folder.delete({ where: { id: folderId } }),
  ],
  [
    'cut a required relation',
    'CONFLICT',
    () => prisma.folder.update({ where: { id: folderId }, data: { notes: { set: [] } } }),
  ],
  [
    'update nothing',
    'NOT_FOUND',
    () => prisma.folder.update({ where: nowhere(), data: { name: 'x' } }),
  ],
  ['delete nothing', 'NOT_FOUND', () => prisma.folder.delete({ where: nowhere() })],
  [
    'find nothing or throw',
    'NOT_FOUND',
    () => prisma.folder.findUniqueOrThrow({ where: nowhere() }),
  ],
  [
    'find nothing first or throw',
    'NOT_FOUND',
    () => prisma.folder.findFirstOrThrow({ where: nowhere() }),
  ],
  [
    'write a NUL byte',
    'VALIDATION_FAILED',
    () => prisma.folder.create({ data: { name: `${SECRET}\0` } }),
  ],
  [
    'look for a NUL byte',
    'VALIDATION_FAILED',
    () => prisma.folder.findMany({ where: { name: '\0' } }),
  ],
  [
    'ask for an id that is none',
    'VALIDATION_FAILED',
    () => prisma.folder.findUnique({ where: { id: SECRET } }),
  ],
  [
    'pass a wrong type',
    'VALIDATION_FAILED',
    () => prisma.folder.findMany({ where: { name: 7 as never } }),
  ],
  ['leave out a field', 'VALIDATION_FAILED', () => prisma.folder.create({ data: {} as never })],
  [
    'name an unknown field',
    'VALIDATION_FAILED',
    () => prisma.folder.findMany({ where: { [SECRET]: 1 } as never }),
  ],
  [
    'write for another tenant, raw',
    'ISOLATION_VIOLATION',
    () =>
      prisma.$executeRaw`INSERT INTO folders (tenant_id, name) VALUES (${b.id}::uuid, ${SECRET})`,
  ],
  [
    'move a row, raw',
    'ISOLATION_VIOLATION',
    () => prisma.$executeRaw`UPDATE folders SET tenant_id = ${b.id}::uuid`,
  ],
  [
    'write the tenant column',
    'ISOLATION_VIOLATION',
    () => prisma.folder.update({ where: { id: folderId }, data: { tenantId: a.id } }),
  ],
  [
    'name another tenant',
    'TENANT_CONTEXT_MISMATCH',
    () => prisma.folder.create({ data: { tenantId: b.id, name: SECRET } }),
  ],
  [
    'send transaction control',
    'TRANSACTION_CONTROL_REFUSED',
    () => prisma.$executeRawUnsafe('COMMIT'),
  ],
  ['collide', 'SERIALIZATION_FAILURE', () => collide(false)],
  ['collide at COMMIT', 'SERIALIZATION_FAILURE', () => collide(true)],
  [
    'go on after a failure',
    'TRANSACTION_NOT_COMMITTED',
    () =>
      prisma.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1/0`.catch(() => undefined);
        await tx.folder.count();
      }),
  ],
  [
    'swallow a failure',
    'TRANSACTION_NOT_COMMITTED',
    () =>
      prisma.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1/0`.catch(() => undefined);
      }),
  ],
  [
    'take too long',
    'TRANSACTION_CLOSED',
    () =>
      prisma.$transaction(
        async (tx) => {
          await sleep(80);
          await tx.folder.count();
        },
        { timeout: 10 },
      ),
  ],
  [
    'use an ended transaction',
    'TRANSACTION_CLOSED',
    async () => {
      const { tx } = await prisma.$transaction(async (client) => ({ tx: client }));
      await tx.folder.count();
    },
  ],
  [
    'wait for a connection in vain',
    'DATABASE_UNAVAILABLE',
    async () => {
      const busy = [1, 2].map(() =>
        prisma.$queryRaw`SELECT pg_sleep(0.5)::text`.then(() => undefined),
      );
      const waiting = prisma.$transaction(async (tx) => tx.folder.count(), { maxWait: 20 });
      await Promise.all([waiting, ...busy]);
    },
  ],
  [
    'lose the connection in a transaction',
    'DATABASE_UNAVAILABLE',
    () =>
      prisma.$transaction(async (tx) => {
        await tx.folder.count();
        await killBackends();
        await tx.folder.count();
      }),
  ],
  [
    'lose the connection before COMMIT',
    'DATABASE_UNAVAILABLE',
    () =>
      prisma.$transaction(async (tx) => {
        await tx.folder.count();
        await killBackends();
      }),
  ],
  [
    'lose the connection in a statement',
    'DATABASE_UNAVAILABLE',
    async () => {
      const sleeping = prisma.$queryRaw`SELECT pg_sleep(30)::text`.then(() => undefined);
      sleeping.catch(() => undefined);
      await sleep(50);
      await killBackends();
      await sleeping;
    },
  ],
  [
    'find nobody listening',
    'DATABASE_UNAVAILABLE',
    () => elsewhere('postgres://x@127.0.0.1:1/x', (client) => client.folder.count()),
  ],
  [
    'begin with nobody listening',
    'DATABASE_UNAVAILABLE',
    () =>
      elsewhere('postgres://x@127.0.0.1:1/x', (client) =>
        client.$transaction(async (tx) => tx.folder.count()),
      ),
  ],
  [
    'be a stranger to the server',
    'DATABASE_UNAVAILABLE',
    () => elsewhere(stranger(), (client) => client.folder.count()),
  ],
  ['read a table that is not there', 'INTERNAL', () => prisma.$queryRaw`SELECT * FROM nowhere`],
  ['divide by zero', 'INTERNAL', () => prisma.$queryRaw`SELECT 1/0`],
];

describe('fromPrisma, of what really happens', () => {
  it.each(CASES)('to %s is %s', async (_, becomes, run) => {
    const failure = await withTenant(a, async () => await run()).then(
      () => expect.fail('it went well'),
      (error: unknown) => error,
    );
    const error = fromPrisma(failure) ?? expect.fail(`not Prisma's: ${String(failure)}`);
    expect(error.code).toBe(becomes);
    // What Prisma and PostgreSQL said may hold values: it stays in the cause.
    for (const said of [error.message, error.detail, error.stack]) {
      expect(said ?? '').not.toContain(SECRET);
    }
    if (error !== failure) expect(error.cause).toBe(failure);
  });
});

describe('fromPrisma', () => {
  it("leaves what is not Prisma's to others", () => {
    const others = [new Error('P2002'), { code: 'P2002' }, { name: 'Error', code: 'NOT_FOUND' }];
    for (const odd of [undefined, null, 'text', 7, {}, ...others]) {
      expect(fromPrisma(odd)).toBeUndefined();
    }
  });

  it('tells a COMMIT that PostgreSQL refused from one that did not reach it', () => {
    const atCommit = (cause: object) => fromPrisma({ name: 'DriverAdapterError', cause })?.code;
    expect(atCommit({ kind: 'postgres', originalCode: '23P01' })).toBe('INTERNAL');
    expect(atCommit({ kind: 'ConnectionClosed' })).toBe('DATABASE_UNAVAILABLE');
  });

  it('gives back an error of the library, wherever it stands in the chain', () => {
    const own = new RingfenceError('LAST_OWNER');
    expect(fromPrisma(own)).toBe(own);
    expect(fromPrisma(new Error('outer', { cause: new Error('inner', { cause: own }) }))).toBe(own);
    const loop = new Error('loop') as Error & { cause: unknown };
    loop.cause = loop;
    expect(fromPrisma(loop)).toBeUndefined();
  });
});

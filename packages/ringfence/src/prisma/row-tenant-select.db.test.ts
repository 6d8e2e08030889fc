import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prisma, type PrismaClient } from '../../test/generated/prisma/client.js';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { libraryPrisma, unguardedPrisma } from '../../test/library-prisma.fixture.js';
import { rowTenantOf } from '../context/index.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';

let db: TestDatabase;
let pool: TenantPool;
let prisma: PrismaClient;
let a: TestTenant;
let folderId: string;

beforeAll(async () => {
  db = await createLibraryDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 2 });
  prisma = libraryPrisma(pool).prisma;
  ({ a } = await twoTenants(db));
  folderId = await withTenant(a, async () => {
    const data = {
      name: 'f',
      notes: { create: { title: 'n', body: 'b', data: { tenantId: 'x' } } },
    };
    return (await prisma.folder.create({ data })).id;
  });
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

/** All objects in an answer that came from rows: those with any field of a model. */
function entities(value: unknown): object[] {
  if (Array.isArray(value)) return value.flatMap(entities);
  if (typeof value !== 'object' || value === null) return [];
  const own = ['id', 'name', 'title', 'tenantId'].some((field) => field in value) ? [value] : [];
  const { data: _json, ...rest } = value as { data?: unknown };
  return [...own, ...Object.values(rest).flatMap(entities)];
}

const where = () => ({ id: folderId });
const data = { name: 'again' };

/** Operation → how many entities it answers with, and how many of them show the tenant. */
const OPERATIONS: Readonly<
  Record<
    string,
    [
      run: (client: Prisma.TransactionClient) => PromiseLike<unknown>,
      entities: number,
      shown: number,
    ]
  >
> = {
  findMany: [(tx) => tx.folder.findMany(), 1, 0],
  findUnique: [(tx) => tx.folder.findUnique({ where: where() }), 1, 0],
  findUniqueOrThrow: [(tx) => tx.folder.findUniqueOrThrow({ where: where() }), 1, 0],
  findFirst: [(tx) => tx.folder.findFirst(), 1, 0],
  findFirstOrThrow: [(tx) => tx.folder.findFirstOrThrow(), 1, 0],
  'findUnique twice in one tick': [
    (tx) =>
      Promise.all(
        [1, 2].map(() => tx.folder.findUnique({ where: where(), include: { notes: true } })),
      ),
    4,
    0,
  ],
  select: [(tx) => tx.folder.findMany({ select: { name: true } }), 1, 0],
  'select with the tenant': [(tx) => tx.folder.findMany({ select: { tenantId: true } }), 1, 1],
  'omit of another field': [(tx) => tx.folder.findMany({ omit: { name: true } }), 1, 0],
  'omit turned off': [(tx) => tx.folder.findMany({ omit: { tenantId: false } }), 1, 1],
  include: [(tx) => tx.folder.findMany({ include: { notes: true } }), 2, 0],
  'include at depth': [
    (tx) =>
      tx.folder.findMany({
        include: { notes: { include: { folder: { include: { notes: true } } } } },
      }),
    4,
    0,
  ],
  'select at depth': [
    (tx) =>
      tx.note.findMany({
        select: { folder: { select: { name: true, notes: { select: { title: true } } } } },
      }),
    2,
    0,
  ],
  'include with a count': [
    (tx) => tx.folder.findMany({ include: { _count: true, notes: true } }),
    2,
    0,
  ],
  'a chain': [(tx) => tx.folder.findUnique({ where: where() }).notes(), 1, 0],
  'a longer chain': [
    (tx) =>
      tx.note
        .findFirst()
        .folder()
        .notes({ include: { folder: true } }),
    2,
    0,
  ],
  create: [(tx) => tx.folder.create({ data }), 1, 0],
  createManyAndReturn: [(tx) => tx.folder.createManyAndReturn({ data: [data, data] }), 2, 0],
  'nested create': [
    (tx) =>
      tx.note.create({
        data: { title: 't', body: '', folder: { create: data } },
        include: { folder: true },
      }),
    2,
    0,
  ],
  update: [(tx) => tx.folder.update({ where: where(), data, include: { notes: true } }), 2, 0],
  updateManyAndReturn: [(tx) => tx.folder.updateManyAndReturn({ where: where(), data }), 1, 0],
  upsert: [(tx) => tx.folder.upsert({ where: where(), create: data, update: data }), 1, 0],
  delete: [
    async (tx) => tx.folder.delete({ where: { id: (await tx.folder.create({ data })).id } }),
    1,
    0,
  ],
};

describe.each(Object.entries(OPERATIONS))('the entities of %s', (_, [run, count, shown]) => {
  it('are marked with the tenant of their row, alone and in a transaction', async () => {
    const undo = new Error('undo');
    await withTenant(a, async () => {
      const inTransaction = await prisma
        .$transaction(async (tx) => {
          expectMarked(await run(tx));
          throw undo;
        })
        .catch((error) => error);
      expect(inTransaction).toBe(undo);
      await pool
        .transaction(async () => {
          expectMarked(await run(prisma));
          throw undo;
        })
        .catch((error) => expect(error).toBe(undo));
    });

    function expectMarked(answer: unknown): void {
      const found = entities(answer);
      expect(found).toHaveLength(count);
      expect(found.filter((entity) => 'tenantId' in entity)).toHaveLength(shown);
      expect(found.map(rowTenantOf)).toEqual(found.map(() => a.id));
    }
  });
});

describe('marks', () => {
  it('survive spreading, do not reach JSON, and stay off JSON columns', async () => {
    const note = await withTenant(a, () => prisma.note.findFirstOrThrow());
    expect(rowTenantOf({ ...note, title: 'changed' })).toBe(a.id);
    expect(JSON.stringify(note)).not.toContain(a.id);
    expect(note.data).toStrictEqual({ tenantId: 'x' });
  });

  it('are on what extensions see and on what they answer with', async () => {
    const seen: unknown[] = [];
    const extended = prisma.$extends({
      query: {
        $allModels: {
          async $allOperations({ args, query }) {
            const answer = await query(args);
            seen.push(rowTenantOf(answer as object));
            return answer;
          },
        },
      },
      result: {
        folder: { owner: { needs: { tenantId: true }, compute: ({ tenantId }) => tenantId } },
      },
    });
    const folder = await withTenant(a, () => extended.folder.findFirstOrThrow());
    expect(seen).toEqual([a.id]);
    expect(rowTenantOf(folder)).toBe(a.id);
    expect(folder.owner).toBe(a.id);
    expect(Object.keys(folder)).not.toContain('tenantId');
  });

  it('leave Prisma to say what is wrong with a selection', async () => {
    await expect(withTenant(a, () => prisma.folder.findMany({ select: {} }))).rejects.toThrow(
      Prisma.PrismaClientValidationError,
    );
  });

  it('are not on rows of raw queries', async () => {
    const [row] = await withTenant(a, () => prisma.$queryRaw<object[]>`SELECT * FROM folders`);
    expect(row && rowTenantOf(row)).toBeUndefined();
  });

  it('are not there without the guard', async () => {
    const { prisma: plain } = unguardedPrisma(pool);
    const folder = await withTenant(a, () => plain.folder.findFirstOrThrow());
    expect(rowTenantOf(folder)).toBeUndefined();
  });
});

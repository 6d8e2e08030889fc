import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import {
  libraryPrisma,
  type ObservedPrisma,
  unguardedPrisma,
} from '../../test/library-prisma.fixture.js';
import { newFrame, runInFrame, tenantContext } from '../context/index.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';

let db: TestDatabase;
let a: TestTenant;
let b: TestTenant;
/** A folder of each tenant. */
let ofA: string;
let ofB: string;

beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());

beforeEach(async () => {
  ({ a, b } = await twoTenants(db));
  await withPool(1, async (pool) => {
    const { prisma } = libraryPrisma(pool);
    const create = (tenant: TestTenant, name: string) =>
      withTenant(tenant, () => prisma.folder.create({ data: { name } }));
    ofA = (await create(a, 'of a')).id;
    ofB = (await create(b, 'of b')).id;
  });
});

async function withPool<T>(max: number, fn: (pool: TenantPool) => Promise<T>): Promise<T> {
  const pool = new TenantPool({ connectionString: db.app, max });
  try {
    return await fn(pool);
  } finally {
    await pool.end();
  }
}

/** Each tenant asks for its own folder and for the other's, all in one tick. */
async function crosswise({ prisma }: ObservedPrisma): Promise<(string | undefined)[]> {
  const find = async (id: string) => (await prisma.folder.findUnique({ where: { id } }))?.name;
  const ask = (tenant: TestTenant) => withTenant(tenant, () => Promise.all([find(ofA), find(ofB)]));
  return (await Promise.all([ask(a), ask(b)])).flat();
}

/** Each tenant writes two folders in an array transaction, both in one tick. */
async function twoArrays({ prisma }: ObservedPrisma): Promise<void> {
  const write = (tenant: TestTenant, name: string) =>
    withTenant(tenant, () =>
      prisma.$transaction([
        prisma.folder.create({ data: { name: `${name} 1` } }),
        prisma.folder.create({ data: { name: `${name} 2` } }),
      ]),
    );
  await Promise.all([write(a, 'array of a'), write(b, 'array of b')]);
}

const names = (tenant: TestTenant, { prisma }: ObservedPrisma): Promise<string[]> =>
  withTenant(tenant, async () =>
    (await prisma.folder.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name),
  );

describe('without the guard', () => {
  it('findUnique calls of two tenants become one statement, and one sees the rows of the other', () =>
    withPool(5, async (pool) => {
      const observed = unguardedPrisma(pool);
      expect(await crosswise(observed)).toEqual(['of a', undefined, 'of a', undefined]);
      expect(observed.statements).toHaveLength(1);
    }));

  it('an array transaction of one tenant runs as the other', () =>
    withPool(5, async (pool) => {
      await twoArrays(unguardedPrisma(pool));
      const observed = libraryPrisma(pool);
      expect(await names(b, observed)).toEqual(['of b']);
      expect(await names(a, observed)).toContain('array of b 1');
    }));
});

describe.each([1, 5])('the dispatch guard, on a pool of %i', (max) => {
  it('keeps findUnique calls of two tenants in one tick apart', () =>
    withPool(max, async (pool) => {
      const observed = libraryPrisma(pool);
      expect(await crosswise(observed)).toEqual(['of a', undefined, undefined, 'of b']);
      expect(observed.statements).toHaveLength(2);
    }));

  it('still batches the calls of one tenant into one statement', () =>
    withPool(max, async (pool) => {
      const { prisma, statements } = libraryPrisma(pool);
      const ids = await withTenant(a, async () => {
        const made = await Promise.all(
          ['x', 'y', 'z'].map((name) => prisma.folder.create({ data: { name } })),
        );
        statements.length = 0;
        const found = await Promise.all(
          made.map(({ id }) => prisma.folder.findUnique({ where: { id } })),
        );
        return found.map((folder) => folder?.name);
      });
      expect(ids).toEqual(['x', 'y', 'z']);
      expect(statements).toHaveLength(1);
    }));

  it('batches the reads of two requests of one tenant, and none of another tenant with them', () =>
    withPool(max, async (pool) => {
      const { prisma, statements } = libraryPrisma(pool);
      const find = (tenant: TestTenant, id: string) =>
        withTenant(tenant, () => prisma.folder.findUnique({ where: { id } }));
      const other = await withTenant(a, () => prisma.folder.create({ data: { name: 'other' } }));
      statements.length = 0;
      const found = await Promise.all([
        find(a, ofA),
        find(b, ofA),
        find(a, other.id),
        find(b, ofB),
      ]);
      expect(found.map((folder) => folder?.name)).toEqual(['of a', undefined, 'other', 'of b']);
      expect(statements).toHaveLength(2);
    }));

  it('batches no write of one request with another request of the tenant', () =>
    withPool(max, async (pool) => {
      const { prisma, statements } = libraryPrisma(pool);
      const rename = (id: string, name: string) =>
        withTenant(a, () => prisma.folder.update({ where: { id }, data: { name } }));
      const other = await withTenant(a, () => prisma.folder.create({ data: { name: 'other' } }));
      statements.length = 0;
      const renamed = await Promise.all([rename(ofA, 'first'), rename(other.id, 'second')]);
      expect(renamed.map(({ name }) => name)).toEqual(['first', 'second']);
      expect(statements.length).toBeGreaterThanOrEqual(2);
    }));

  it('runs each array transaction as its own tenant', () =>
    withPool(max, async (pool) => {
      const observed = libraryPrisma(pool);
      await twoArrays(observed);
      expect(await names(a, observed)).toEqual(['array of a 1', 'array of a 2', 'of a']);
      expect(await names(b, observed)).toEqual(['array of b 1', 'array of b 2', 'of b']);
    }));

  it('keeps work inside a transaction apart from work outside it', () =>
    withPool(Math.max(max, 2), async (pool) => {
      const { prisma } = libraryPrisma(pool);
      const elsewhere = newFrame(tenantContext(a.id, { kind: 'system', reason: 'other request' }));
      const find = async (id: string) => await prisma.folder.findUnique({ where: { id } });
      await withTenant(a, () =>
        prisma.$transaction(async (tx) => {
          const { id } = await tx.folder.create({ data: { name: 'not committed' } });
          const [inside, outside] = await Promise.all([
            find(id),
            runInFrame(elsewhere, () => find(id)),
          ]);
          expect(inside?.name).toBe('not committed');
          expect(outside).toBeNull();
        }),
      );
    }));

  it('answers 200 mixed requests of both tenants in one tick, each with its own', () =>
    withPool(max, async (pool) => {
      const { prisma } = libraryPrisma(pool);
      const requests: ((own: string, foreign: string) => Promise<unknown>)[] = [
        (own) => prisma.folder.findUnique({ where: { id: own } }).then((folder) => folder?.id),
        (_, foreign) => prisma.folder.findUnique({ where: { id: foreign } }),
        async (own, foreign) =>
          (await prisma.folder.findMany({ where: { id: { in: [own, foreign] } } })).map(
            ({ id }) => id,
          ),
        async (own, foreign) =>
          (
            await prisma.$transaction([
              prisma.folder.findUnique({ where: { id: own } }),
              prisma.folder.findUnique({ where: { id: foreign } }),
            ])
          ).map((folder) => folder?.id),
        (own, foreign) =>
          prisma.$transaction(async (tx) => [
            (await tx.folder.findUnique({ where: { id: own } }))?.id,
            await prisma.folder.findUnique({ where: { id: foreign } }),
          ]),
        (_, foreign) =>
          prisma.folder.updateMany({ where: { id: foreign }, data: { name: 'taken' } }),
        async () =>
          (await prisma.$queryRaw<{ id: string }[]>`SELECT id FROM folders`).map(({ id }) => id),
        (own) =>
          prisma.note
            .create({ data: { folderId: own, title: 't', body: 'b' } })
            .folder()
            .then((folder) => folder?.id),
      ];
      const expected = (own: string): unknown[] => [
        own,
        null,
        [own],
        [own, undefined],
        [own, null],
        { count: 0 },
        [own],
        own,
      ];
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, at) => {
          const [tenant, own, foreign] = at % 2 ? [a, ofA, ofB] : [b, ofB, ofA];
          const request = requests[(at >> 1) % requests.length];
          return withTenant(tenant, async () => await request?.(own, foreign));
        }),
      );
      answers.forEach((answer, at) => {
        const own = at % 2 ? ofA : ofB;
        expect(answer, `request ${at}`).toEqual(expected(own)[(at >> 1) % requests.length]);
      });
    }));
});

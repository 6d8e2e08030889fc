import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PrismaClient } from '../../test/generated/prisma/client.js';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { libraryPrisma } from '../../test/library-prisma.fixture.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';

let db: TestDatabase;
let pool: TenantPool;
let prisma: PrismaClient;
let sql: string[];
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  ({ a, b } = await twoTenants(db));
  pool = new TenantPool({ connectionString: db.app, max: 1 });
  ({ prisma, statements: sql } = libraryPrisma(pool));
  for (const tenant of [a, b]) {
    await withTenant(tenant, () =>
      prisma.folder.create({ data: { name: 'one', notes: { create: { title: 't', body: 'b' } } } }),
    );
  }
  sql.length = 0;
});
afterEach(() => pool.end());

const folder = () => prisma.folder;
const OPERATIONS: readonly [string, () => PromiseLike<unknown>][] = [
  ['findMany', () => folder().findMany()],
  [
    'findMany with a filter',
    () => folder().findMany({ where: { OR: [{ name: 'one' }, { name: 'x' }] } }),
  ],
  ['findFirst', () => folder().findFirst({ where: { notes: { some: { title: 't' } } } })],
  ['findFirstOrThrow', () => folder().findFirstOrThrow()],
  ['count', () => folder().count({ where: { name: 'one' } })],
  ['aggregate', () => folder().aggregate({ _count: true })],
  ['groupBy', () => folder().groupBy({ by: ['name'], _count: true })],
  ['updateMany', () => folder().updateMany({ data: { name: 'two' } })],
  ['updateManyAndReturn', () => folder().updateManyAndReturn({ data: { name: 'two' } })],
  ['deleteMany', () => prisma.note.deleteMany({ where: { title: 't' } })],
];

/** The condition on the tenant column of the model's own table. */
const FILTER = /"tenant_id" = \$\d+/;

describe('the explicit filter', () => {
  it.each(OPERATIONS)('names the tenant in %s', async (_name, operation) => {
    await withTenant(a, async () => await operation());
    expect(sql.filter((text) => FILTER.test(text)).length).toBeGreaterThan(0);
    for (const text of sql) expect(text).not.toMatch(/SET [^W]*"tenant_id"/);
  });

  it('names it in update and delete by id, and changes nobody else', async () => {
    await withTenant(a, async () => {
      const own = await folder().findFirstOrThrow({ include: { notes: true } });
      sql.length = 0;
      await folder().update({ where: { id: own.id }, data: { name: 'two' } });
      await prisma.note.delete({ where: { id: own.notes[0]?.id ?? '' } });
      expect(sql.filter((text) => FILTER.test(text)).length).toBeGreaterThanOrEqual(2);
      for (const text of sql) expect(text).not.toMatch(/SET [^W]*"tenant_id"/);
    });
    expect(await withTenant(b, async () => await folder().findMany())).toMatchObject([
      { name: 'one' },
    ]);
  });

  it('leaves findUnique alone, so that calls of one tick stay one statement', async () => {
    await withTenant(a, async () => {
      const { id } = await folder().findFirstOrThrow();
      sql.length = 0;
      await Promise.all([1, 2, 3].map(() => folder().findUnique({ where: { id } })));
      expect(sql).toHaveLength(1);
      expect(sql[0]).not.toMatch(FILTER);
    });
  });

  it('holds without the policy, where it is said', async () => {
    const admin = new pg.Client({ connectionString: db.admin });
    await admin.connect();
    await admin.query('ALTER TABLE folders DISABLE ROW LEVEL SECURITY');
    try {
      await withTenant(a, async () => {
        expect(await folder().count()).toBe(1);
        expect((await folder().updateMany({ data: { name: 'two' } })).count).toBe(1);
        // By id alone the row of another tenant is found here, and stopped on its way out.
        const theirs = await admin.query('SELECT id FROM folders WHERE tenant_id = $1', [b.id]);
        await expect(
          folder().findUnique({ where: { id: theirs.rows[0].id } }),
        ).rejects.toMatchObject({
          code: 'EGRESS_VIOLATION',
        });
      });
    } finally {
      await admin.query('ALTER TABLE folders ENABLE ROW LEVEL SECURITY');
      await admin.end();
    }
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PrismaClient } from '../../test/generated/prisma/client.js';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import {
  libraryPrisma,
  type ObservedPrisma,
  unguardedPrisma,
} from '../../test/library-prisma.fixture.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';

const code = (wanted: string): object => expect.objectContaining({ code: wanted });

let db: TestDatabase;
let pool: TenantPool;
let observed: ObservedPrisma;
let prisma: PrismaClient;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 5 });
  observed = libraryPrisma(pool);
  prisma = observed.prisma;
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});
beforeEach(async () => {
  ({ a, b } = await twoTenants(db));
});

const names = (tenant: TestTenant): Promise<string[]> =>
  withTenant(tenant, async () =>
    (await prisma.folder.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name),
  );
const upsert = (client: PrismaClient, id: string, name: string) =>
  client.folder.upsert({
    where: { id },
    create: { id, name: `created ${name}` },
    update: { name: `updated ${name}` },
  });

describe('an upsert by id', () => {
  it('finds no constraint to conflict with, without the guard', async () => {
    const { prisma: plain } = unguardedPrisma(pool);
    const failure = withTenant(a, () => upsert(plain, randomUUID(), 'x'));
    await expect(failure).rejects.toThrow(/42P10/);
  });

  it('is one statement on the composite key: creates, then updates', async () => {
    const id = randomUUID();
    observed.statements.length = 0;
    await withTenant(a, () => upsert(prisma, id, 'x'));
    expect(await names(a)).toEqual(['created x']);
    await withTenant(a, () => upsert(prisma, id, 'x'));
    expect(await names(a)).toEqual(['updated x']);
    const upserts = observed.statements.filter((sql) => !sql.startsWith('SELECT'));
    expect(upserts).toHaveLength(2);
    for (const sql of upserts) expect(sql).toContain('ON CONFLICT ("tenant_id","id")');
  });

  it('is atomic: many at once make one row and no error', async () => {
    const id = randomUUID();
    await withTenant(a, () =>
      Promise.all(Array.from({ length: 12 }, (_, at) => upsert(prisma, id, String(at)))),
    );
    expect(await names(a)).toHaveLength(1);
  });

  it("never touches another tenant's row of the same id", async () => {
    const id = randomUUID();
    await withTenant(a, () => upsert(prisma, id, 'of a'));
    await withTenant(b, () => upsert(prisma, id, 'of b'));
    await withTenant(b, () => upsert(prisma, id, 'of b'));
    expect([await names(a), await names(b)]).toEqual([['created of a'], ['updated of b']]);
  });

  it('works with nested data, a relation by connect, an empty update, and in a transaction', async () => {
    const id = randomUUID();
    await withTenant(a, async () => {
      const folder = await prisma.folder.upsert({
        where: { id },
        create: { id, name: 'f', notes: { create: { title: 'n', body: '' } } },
        update: {},
        include: { notes: true },
      });
      expect(folder.notes).toMatchObject([{ title: 'n' }]);
      const again = { where: { id }, create: { name: 'x' }, update: {} };
      expect(await prisma.folder.upsert(again)).toMatchObject({ id, name: 'f' });
      await prisma.$transaction(async (tx) => {
        const note = { title: 'second', body: '', folder: { connect: { id } } };
        await tx.note.upsert({ where: { id: randomUUID() }, create: note, update: note });
      });
      expect(await prisma.note.count({ where: { folderId: id } })).toBe(2);
    });
  });

  it('takes the composite key as well', async () => {
    const key = { tenantId: a.id, id: randomUUID() };
    await withTenant(a, () =>
      prisma.folder.upsert({
        where: { tenantId_id: key },
        create: { id: key.id, name: 'composite' },
        update: { name: 'x' },
      }),
    );
    expect(await names(a)).toEqual(['composite']);
    await expect(
      withTenant(b, () =>
        prisma.folder.upsert({
          where: { tenantId_id: key },
          create: { id: key.id, name: 'planted' },
          update: { name: 'taken' },
        }),
      ),
    ).rejects.toThrow(code('TENANT_CONTEXT_MISMATCH'));
  });
});

describe('an argument that names another tenant', () => {
  it('is refused before anything is sent', async () => {
    await withTenant(a, () => prisma.folder.create({ data: { name: 'of a' } }));
    observed.statements.length = 0;
    const mistaken: (() => PromiseLike<unknown>)[] = [
      () => prisma.folder.create({ data: { tenantId: b.id, name: 'planted' } }),
      () =>
        prisma.folder.createMany({ data: [{ name: 'x' }, { tenantId: b.id, name: 'planted' }] }),
      () => prisma.folder.updateMany({ data: { tenantId: b.id } }),
      () => prisma.folder.findMany({ where: { tenantId: b.id } }),
      () => prisma.folder.deleteMany({ where: { NOT: { tenantId: b.id } } }),
      () =>
        prisma.folder.create({
          data: { name: 'x', notes: { create: { tenantId: b.id, title: 'planted', body: '' } } },
        }),
    ];
    for (const make of mistaken) {
      await expect(withTenant(a, make)).rejects.toThrow(code('TENANT_CONTEXT_MISMATCH'));
    }
    expect(observed.statements).toEqual([]);
    expect([await names(a), await names(b)]).toEqual([['of a'], []]);
  });

  it('is no matter of JSON', async () => {
    const data = { tenantId: b.id };
    const note = await withTenant(a, () =>
      prisma.note.create({
        data: { title: 't', body: '', data, folder: { create: { name: 'f' } } },
      }),
    );
    expect(note.data).toEqual(data);
  });
});

describe("a reference to another tenant's row", () => {
  it('is a reference to nothing', async () => {
    const { id } = await withTenant(b, () => prisma.folder.create({ data: { name: 'of b' } }));
    const text = { title: 'x', body: '' };
    await withTenant(a, async () => {
      await expect(prisma.note.create({ data: { ...text, folderId: id } })).rejects.toThrow(
        code('P2003'),
      );
      await expect(
        prisma.note.create({ data: { ...text, folder: { connect: { id } } } }),
      ).rejects.toThrow(code('P2025'));
      const made = await prisma.note.create({
        data: {
          ...text,
          folder: { connectOrCreate: { where: { id }, create: { id, name: 'own' } } },
        },
        include: { folder: true },
      });
      expect(made.folder).toMatchObject({ id, name: 'own' });
      await prisma.folder.update({ where: { id }, data: { name: 'changed' } });
    });
    expect([await names(a), await names(b)]).toEqual([['changed'], ['of b']]);
  });
});

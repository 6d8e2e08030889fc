import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Prisma, type PrismaClient } from '../../test/generated/prisma/client.js';
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
let a: TestTenant;
let b: TestTenant;
let ofA: string;
let ofB: string;
let observed: ObservedPrisma;
let prisma: PrismaClient;

beforeAll(async () => {
  db = await createLibraryDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 1 });
  observed = libraryPrisma(pool);
  prisma = observed.prisma;
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

beforeEach(async () => {
  ({ a, b } = await twoTenants(db));
  const create = (tenant: TestTenant, name: string) =>
    withTenant(tenant, () =>
      prisma.folder.create({
        data: { name, notes: { create: { title: `note ${name}`, body: '' } } },
      }),
    );
  ofA = (await create(a, 'of a')).id;
  ofB = (await create(b, 'of b')).id;
  observed.statements.length = 0;
});

/** Makes a promise as A without awaiting it: the box keeps runInTenant from doing so. */
const makeAsA = <T>(make: () => PromiseLike<T>): Promise<{ promise: PromiseLike<T> }> =>
  withTenant(a, () => ({ promise: make() }));

const names = (tenant: TestTenant): Promise<string[]> =>
  withTenant(tenant, async () =>
    (await prisma.folder.findMany({ orderBy: { name: 'asc' } })).map(({ name }) => name),
  );

/** Every way to make a lazy promise, and what it answers with when it runs as A. */
const WAYS: Readonly<
  Record<string, [make: (client: PrismaClient) => PromiseLike<unknown>, answer: unknown]>
> = {
  findMany: [(client) => client.folder.findMany({ select: { name: true } }), [{ name: 'of a' }]],
  findUnique: [(client) => client.folder.findUnique({ where: { id: ofA } }), { name: 'of a' }],
  count: [(client) => client.folder.count(), 1],
  aggregate: [(client) => client.folder.aggregate({ _count: true }), { _count: 1 }],
  groupBy: [(client) => client.folder.groupBy({ by: ['name'] }), [{ name: 'of a' }]],
  create: [(client) => client.folder.create({ data: { name: 'made' } }), { name: 'made' }],
  updateMany: [(client) => client.folder.updateMany({ data: { name: 'x' } }), { count: 1 }],
  'a chain': [
    (client) => client.folder.findUnique({ where: { id: ofA } }).notes(),
    [{ title: 'note of a' }],
  ],
  $queryRaw: [(client) => client.$queryRaw`SELECT name FROM folders`, [{ name: 'of a' }]],
  '$queryRaw of Prisma.sql': [
    (client) => client.$queryRaw(Prisma.sql`SELECT name FROM folders`),
    [{ name: 'of a' }],
  ],
  $queryRawUnsafe: [
    (client) => client.$queryRawUnsafe('SELECT name FROM folders'),
    [{ name: 'of a' }],
  ],
  $executeRaw: [(client) => client.$executeRaw`UPDATE folders SET name = 'y'`, 1],
  $executeRawUnsafe: [(client) => client.$executeRawUnsafe('DELETE FROM notes'), 1],
};

describe('without the guard', () => {
  it('a promise made as one tenant and awaited as another runs as the other', async () => {
    const { prisma: plain } = unguardedPrisma(pool);
    const { promise } = await makeAsA(() => plain.folder.findMany({ select: { name: true } }));
    expect(await withTenant(b, () => promise)).toEqual([{ name: 'of b' }]);
  });
});

describe.each(Object.entries(WAYS))('a promise of %s made as a tenant', (_, [make, answer]) => {
  it('answers when it is awaited there', async () => {
    expect(await withTenant(a, () => make(prisma))).toEqual(matching(answer));
  });

  it('is refused when another tenant awaits it, and nothing is sent', async () => {
    const { promise } = await makeAsA(() => make(prisma));
    await expect(withTenant(b, () => promise)).rejects.toThrow(code('TENANT_CONTEXT_MISMATCH'));
    expect(observed.statements).toEqual([]);
    expect(await names(b)).toEqual(['of b']);
  });

  it('runs as its maker when it is awaited with no tenant', async () => {
    const { promise } = await makeAsA(() => make(prisma));
    expect(await promise).toEqual(matching(answer));
    expect(await names(b)).toEqual(['of b']);
  });

  it('never runs when it was made without a tenant', async () => {
    const orphan = make(prisma);
    await expect(withTenant(a, () => orphan)).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
    await expect(orphan).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
    expect(observed.statements).toEqual([]);
  });

  it('is guarded on an extended client as well', async () => {
    const extended = prisma.$extends({
      query: { $allOperations: ({ args, query }) => query(args) },
      result: { folder: { shout: { needs: { name: true }, compute: ({ name }) => `${name}!` } } },
    }) as unknown as PrismaClient;
    expect(await withTenant(a, () => make(extended))).toEqual(matching(answer));
    const { promise } = await makeAsA(() => make(extended));
    await expect(withTenant(b, () => promise)).rejects.toThrow(code('TENANT_CONTEXT_MISMATCH'));
    const orphan = make(extended);
    await expect(orphan).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
  });
});

describe('a promise made as a tenant', () => {
  it('is refused to another tenant by then, catch and finally alike', async () => {
    const { promise } = await makeAsA(() => prisma.folder.findMany());
    const lazy = promise as Prisma.PrismaPromise<unknown>;
    for (const use of [
      () => lazy.then((rows) => rows),
      () => lazy.catch((error) => Promise.reject(error)),
      () => lazy.finally(() => undefined),
    ]) {
      await expect(withTenant(b, use)).rejects.toThrow(code('TENANT_CONTEXT_MISMATCH'));
    }
    expect(observed.statements).toEqual([]);
  });

  it('can still be awaited by its maker after another tenant was refused', async () => {
    const { promise } = await makeAsA(() => prisma.folder.count());
    await expect(withTenant(b, () => promise)).rejects.toThrow(code('TENANT_CONTEXT_MISMATCH'));
    expect(await withTenant(a, () => promise)).toBe(1);
  });

  it('when its chain goes on in another tenant, is a call of that tenant and sees its rows', async () => {
    const chain = await withTenant(a, () => ({
      start: prisma.folder.findUnique({ where: { id: ofA } }),
    }));
    expect(await withTenant(b, () => chain.start.notes())).toBeNull();
    expect(await withTenant(a, () => chain.start.notes())).toHaveLength(1);
  });

  it('joins the transaction in which its tenant awaits it, on a pool of one', async () => {
    const { promise } = await makeAsA(() => prisma.folder.create({ data: { name: 'joined' } }));
    await withTenant(a, () =>
      expect(
        prisma.$transaction(async () => {
          await promise;
          expect(await prisma.folder.count()).toBe(2);
          throw new Error('undo');
        }),
      ).rejects.toThrow('undo'),
    );
    expect(await names(a)).toEqual(['of a']);
  });

  it('inside a transaction does not slip out of it', async () => {
    await withTenant(a, async () => {
      const { late } = await prisma.$transaction(async () => ({
        late: prisma.folder.create({ data: { name: 'late' } }),
      }));
      await expect(late).rejects.toThrow(code('TRANSACTION_CLOSED'));
    });
    expect(await names(a)).toEqual(['of a']);
  });
});

describe('an array transaction', () => {
  const writes = () => [
    prisma.folder.create({ data: { name: 'one' } }),
    prisma.folder.create({ data: { name: 'two' } }),
  ];

  it('refuses promises of two tenants, and writes nothing', async () => {
    const [first] = (await withTenant(a, () => ({ made: writes() }))).made;
    const [, second] = (await withTenant(b, () => ({ made: writes() }))).made;
    if (!first || !second) throw new Error('unreachable');
    for (const tenant of [a, b]) {
      await expect(withTenant(tenant, () => prisma.$transaction([first, second]))).rejects.toThrow(
        code('TENANT_CONTEXT_MISMATCH'),
      );
    }
    expect(observed.statements).toEqual([]);
    expect([await names(a), await names(b)]).toEqual([['of a'], ['of b']]);
  });

  it('is refused to another tenant and to nobody', async () => {
    const { made } = await withTenant(a, () => ({ made: writes() }));
    await expect(withTenant(b, () => prisma.$transaction(made))).rejects.toThrow(
      code('TENANT_CONTEXT_MISMATCH'),
    );
    await expect(prisma.$transaction(made)).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
    expect(observed.statements).toEqual([]);
  });

  it('stays one transaction when its promises were made in two requests of the tenant', async () => {
    const [first] = (await withTenant(a, () => ({ made: writes() }))).made;
    const second = (
      await withTenant(a, () => ({
        made: prisma.note.create({ data: { folderId: ofB, title: 'refused', body: '' } }),
      }))
    ).made;
    if (!first) throw new Error('unreachable');
    await expect(withTenant(a, () => prisma.$transaction([first, second]))).rejects.toThrow(
      code('P2003'),
    );
    expect(await names(a)).toEqual(['of a']);
  });

  it('mixes model calls and raw queries of one tenant', async () => {
    const answers = await withTenant(a, () =>
      prisma.$transaction([
        prisma.folder.create({ data: { name: 'third' } }),
        prisma.$executeRaw`UPDATE folders SET name = 'raw' WHERE id = ${ofA}::uuid`,
        prisma.folder.findUnique({ where: { id: ofA } }),
        prisma.folder.findUnique({ where: { id: ofB } }),
      ]),
    );
    expect(answers).toMatchObject([{ name: 'third' }, 1, { name: 'raw' }, null]);
  });
});

function matching(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(matching);
  return typeof answer === 'object' && answer !== null ? expect.objectContaining(answer) : answer;
}

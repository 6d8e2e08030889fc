import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrismaClient } from '../../test/generated/prisma/client.js';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { libraryPrisma } from '../../test/library-prisma.fixture.js';
import { rowTenantOf } from '../context/index.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';
import { tenantPrisma } from './tenant-prisma.js';

const code = (wanted: string): object => expect.objectContaining({ code: wanted });

let db: TestDatabase;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 2 });
  ({ a, b } = await twoTenants(db));
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

describe('tenantPrisma', () => {
  it('shows each tenant its own rows, and asks nobody for a tenant id', async () => {
    const { prisma } = libraryPrisma(pool);
    for (const [tenant, name] of [
      [a, 'of a'],
      [b, 'of b'],
    ] as const) {
      await withTenant(tenant, () => prisma.folder.create({ data: { name } }));
    }
    for (const [tenant, name] of [
      [a, 'of a'],
      [b, 'of b'],
    ] as const) {
      const folders = await withTenant(tenant, () => prisma.folder.findMany());
      expect(folders).toEqual([expect.objectContaining({ name })]);
      expect(folders.map(rowTenantOf)).toEqual([tenant.id]);
    }
  });

  it('sends nothing without a tenant', async () => {
    const idle = new TenantPool({ connectionString: db.app });
    const { prisma } = libraryPrisma(idle);
    await prisma.$connect();
    for (const make of [
      () => prisma.folder.findMany(),
      () => prisma.$queryRaw`SELECT 1`,
      () => prisma.$transaction([prisma.folder.count()]),
      () => prisma.$transaction(async (tx) => tx.folder.count()),
    ]) {
      await expect(make()).rejects.toThrow(code('TENANT_CONTEXT_MISSING'));
    }
    expect(idle.totalCount).toBe(0);
    await prisma.$disconnect();
    await idle.end();
  });

  it('refuses a client that does not run on the pool', () => {
    const own = () => new PrismaClient({ adapter: new PrismaPg({ connectionString: db.app }) });
    expect(() => tenantPrisma(pool, own)).toThrow(code('POOL_NOT_TENANT_SCOPED'));
  });

  it('refuses a pool that the adapter does not know for one, as with a second copy of pg', () => {
    const stranger = { options: pool.options, query: pool.query } as unknown as TenantPool;
    expect(() => tenantPrisma(stranger, (adapter) => new PrismaClient({ adapter }))).toThrow(
      code('POOL_NOT_TENANT_SCOPED'),
    );
  });

  it.each<[string, (client: Record<string, unknown>) => void]>([
    ['another version', (client) => (client._clientVersion = '7.11.0')],
    ['no request handler', (client) => (client._requestHandler = undefined)],
    [
      'another request handler',
      (client) => (client._requestHandler = { client, request: () => 1 }),
    ],
    ['a shared loader', (client) => (client._requestHandler = sharedLoader(client))],
    ['no promise factory', (client) => (client._createPrismaPromise = undefined)],
    ['no description of the models', (client) => (client._runtimeDataModel = {})],
    ['no original', (client) => (client._originalClient = undefined)],
  ])('refuses a Prisma with %s', (_, change) => {
    const make = (adapter: PrismaPg): PrismaClient => {
      const client = new PrismaClient({ adapter });
      change((client as unknown as { _originalClient: Record<string, unknown> })._originalClient);
      return client;
    };
    expect(() => tenantPrisma(pool, make)).toThrow(code('PRISMA_VERSION_UNSUPPORTED'));
  });

  it('guards a client that was extended on the way, and one that is extended later', async () => {
    const early = tenantPrisma(pool, (adapter) =>
      new PrismaClient({ adapter }).$extends({
        model: { folder: { first: () => early.folder.findFirstOrThrow() } },
      }),
    );
    const late = early.$extends({ client: { hello: () => 'hello' } });
    for (const client of [early, late]) {
      const folder = await withTenant(a, () => client.folder.first());
      expect(rowTenantOf(folder)).toBe(a.id);
      const { promise } = await withTenant(a, () => ({ promise: client.folder.findMany() }));
      await expect(withTenant(b, () => promise)).rejects.toThrow(code('TENANT_CONTEXT_MISMATCH'));
      await withTenant(b, () =>
        client.$transaction(async (tx) => {
          await tx.folder.create({ data: { name: 'in transaction' } });
          const { rows } = await pool.query("SELECT FROM folders WHERE name = 'in transaction'");
          expect(rows).toHaveLength(1);
          await tx.folder.deleteMany({ where: { name: 'in transaction' } });
        }),
      );
    }
    expect(late.hello()).toBe('hello');
  });

  it('guards an extension that wraps every call in a transaction', async () => {
    const { prisma } = libraryPrisma(pool);
    const wrapped = prisma.$extends({
      query: {
        async $allOperations({ args, query }) {
          const [, answer] = await prisma.$transaction([
            prisma.$executeRaw`SELECT 1`,
            query(args) as ReturnType<typeof prisma.$executeRaw>,
          ]);
          return answer;
        },
      },
    });
    const names = (tenant: TestTenant) =>
      withTenant(tenant, async () => (await wrapped.folder.findMany()).map(({ name }) => name));
    expect(await Promise.all([names(a), names(b)])).toEqual([['of a'], ['of b']]);
  });
});

/** A handler class whose instances share one loader: the guard would be none. */
function sharedLoader(client: unknown): unknown {
  const dataloader = {};
  class Handler {
    client = client;
    dataloader = dataloader;
    request = () => Promise.resolve();
  }
  return new Handler();
}

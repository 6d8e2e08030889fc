import { PrismaPg } from '@prisma/adapter-pg';
import type { TenantPool } from '../src/postgres/index.js';
import { tenantPrisma } from '../src/prisma/index.js';
import { PrismaClient } from './generated/prisma/client.js';

/** A client and the SQL that it has sent so far. */
export interface ObservedPrisma {
  readonly prisma: PrismaClient;
  readonly statements: string[];
}

/** The library's test client: guarded, and with the tenant hidden from results as applications do. */
export function libraryPrisma(pool: TenantPool): ObservedPrisma {
  return observe((build) => tenantPrisma(pool, build));
}

/**
 * The same client over the same pool without the guard: what tests use to show that they would
 * notice.
 */
export function unguardedPrisma(pool: TenantPool): ObservedPrisma {
  return observe((build) => build(new PrismaPg(pool)));
}

function observe(
  make: (build: (adapter: PrismaPg) => PrismaClient) => PrismaClient,
): ObservedPrisma {
  const statements: string[] = [];
  const prisma = make((adapter) => {
    const client = new PrismaClient({
      adapter,
      omit: { folder: { tenantId: true }, note: { tenantId: true } },
      // Generous: a pool of one has a long queue in some tests.
      transactionOptions: { maxWait: 30_000, timeout: 30_000 },
      log: [{ level: 'query', emit: 'event' }],
    });
    client.$on('query', ({ query }) => statements.push(query));
    return client as unknown as PrismaClient;
  });
  return { prisma, statements };
}

import type { TenantPool } from 'ringfence/postgres';
import { tenantPrisma } from 'ringfence/prisma';
import { PrismaClient } from '../generated/prisma/client.js';

/** Results leave `tenantId` out: it is the context's business, and application code never needs it. */
const HIDDEN = {
  organization: { tenantId: true },
  user: { tenantId: true, passwordHash: true },
  membership: { tenantId: true },
  project: { tenantId: true },
  document: { tenantId: true },
  refreshToken: { tenantId: true },
  customRole: { tenantId: true },
  invitation: { tenantId: true, tokenHash: true },
  mailedToken: { tenantId: true, tokenHash: true },
  session: { tenantId: true },
  secondFactor: { tenantId: true, sealedSecret: true },
  recoveryCode: { tenantId: true, codeHash: true },
  failedLogIn: { tenantId: true },
  knownDevice: { tenantId: true, deviceHash: true },
  apiKey: { tenantId: true, secretHash: true },
  customDomain: { tenantId: true },
} as const;

/** As long as the pool waits for a connection: Prisma's own two seconds would give up before it. */
const transactionOptions = { maxWait: 10_000 };

/** Injects the {@link TenantPrisma}: `@Inject(TENANT_PRISMA) prisma: TenantPrisma`. */
export const TENANT_PRISMA: unique symbol = Symbol('TENANT_PRISMA');

/** The Prisma client of the application: every call is for the tenant of the calling context. */
export type TenantPrisma = ReturnType<typeof createTenantPrisma>;

/**
 * Puts Prisma over the tenant pool.
 *
 * @example
 * const projects = await runInTenant(acme, () => prisma.project.findMany());
 */
export function createTenantPrisma(pool: TenantPool) {
  return tenantPrisma(
    pool,
    (adapter) => new PrismaClient({ adapter, omit: HIDDEN, transactionOptions }),
  );
}

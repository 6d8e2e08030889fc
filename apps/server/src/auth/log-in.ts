import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { parseTenantId, runInTenant, tenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPool } from 'ringfence/postgres';
import type { TenantPrisma } from '../database/index.js';
import type { RequestClient } from '../http/request-client.js';
import type { LoginInput, SessionView } from './auth-schemas.js';
import { isDemoPassword, verifyPassword } from './password.js';
import { issueSession, type SessionIssuer } from './sessions/issue-session.js';

/** What {@link logIn} needs. */
export interface LogInDependencies {
  readonly directory: Pick<TenantPool, 'findTenant'>;
  readonly prisma: TenantPrisma;
  readonly issuer: SessionIssuer;
  /** Demo mode only: a production server takes the published password from nobody. */
  readonly acceptDemoPassword: boolean;
  readonly logger: Pick<Logger, 'warn'>;
}

/** As long as the pool itself waits for a connection: a crowd is queued, and not answered with errors. */
const PATIENCE = { maxWait: 10_000, timeout: 10_000 };

/**
 * Logs a person in to one tenant and begins a session.
 *
 * An unknown tenant, an unknown person, one without a password and a wrong password get one answer for
 * one price: the same statements in the same order (under the id of no tenant, when there is none) and
 * exactly one argon2 verification (against the hash of no password, when there is none).
 *
 * @throws RingfenceError `CREDENTIALS_INVALID`; `TENANT_SUSPENDED`, but only to somebody who knows the
 *   password; `OVERLOADED` when too many people log in at once.
 * @example
 * const session = await logIn(deps, { tenant: 'acme', email: 'owner@acme.test', password }, client);
 */
export async function logIn(
  deps: LogInDependencies,
  input: LoginInput,
  client: RequestClient,
): Promise<SessionView> {
  const tenant = await deps.directory.findTenant(input.tenant);
  const tenantId = tenant?.id ?? parseTenantId(randomUUID());
  const work = async (): Promise<SessionView> => {
    const user = await deps.prisma.user.findFirst({
      where: { email: input.email.toLowerCase() },
      select: { id: true, role: true, passwordHash: true },
    });
    // Before anything is decided: every way out costs one verification.
    const right = await verifyPassword(user?.passwordHash, input.password);
    const published = isDemoPassword(input.password) && !deps.acceptDemoPassword;
    if (!tenant || !user || !right || published) {
      // By id, so that a search for guessed passwords needs no e-mail address in the log.
      const who = { tenantId: tenant?.id, userId: user?.id };
      deps.logger.warn({ event: 'log_in_refused', ...who }, 'A log-in was refused.');
      throw new RingfenceError('CREDENTIALS_INVALID');
    }
    if (tenant.state !== 'active') throw new RingfenceError('TENANT_SUSPENDED');
    const session = await deps.prisma.$transaction(async (tx) => {
      const role = await stillSo(tx, user);
      return role && issueSession(tx, deps.issuer, { tenant, userId: user.id, role, client });
    }, PATIENCE);
    if (!session) throw new RingfenceError('CREDENTIALS_INVALID');
    return session;
  };
  return runInTenant(tenantContext(tenantId, { kind: 'system', reason: 'log in' }), work, {
    nested: 'separate',
  });
}

/**
 * The role of the user if the password is still the one that was verified. Whoever changes it revokes
 * the sessions of the old one in that same transaction, and one of the two waits for the other here.
 */
async function stillSo(
  tx: Pick<TenantPrisma, '$queryRaw'>,
  { id, passwordHash }: { readonly id: string; readonly passwordHash: string | null },
): Promise<string | undefined> {
  const [row] = await tx.$queryRaw<{ role: string }[]>`
    SELECT role::text AS role FROM public.users
    WHERE id = ${id}::uuid AND password_hash = ${passwordHash} FOR SHARE`;
  return row?.role;
}

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { parseTenantId, runInTenant, tenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPool } from 'ringfence/postgres';
import type { TenantPrisma } from '../database/index.js';
import type { LoginInput, SessionView } from './auth-schemas.js';
import { issueSession, type SessionIssuer } from './issue-session.js';
import { isDemoPassword, verifyPassword } from './password.js';

/** What {@link logIn} needs. */
export interface LogInDependencies {
  readonly directory: Pick<TenantPool, 'findTenant'>;
  readonly prisma: TenantPrisma;
  readonly issuer: SessionIssuer;
  /** Demo mode only: a production server takes the published password from nobody. */
  readonly acceptDemoPassword: boolean;
  readonly logger: Pick<Logger, 'warn'>;
}

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
 * const session = await logIn(dependencies, { tenant: 'acme', email: 'owner@acme.test', password });
 */
export async function logIn(deps: LogInDependencies, input: LoginInput): Promise<SessionView> {
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
    return issueSession(deps.prisma, deps.issuer, {
      tenant,
      userId: user.id,
      role: user.role,
      sessionId: randomUUID(),
    });
  };
  return runInTenant(tenantContext(tenantId, { kind: 'system', reason: 'log in' }), work, {
    nested: 'separate',
  });
}

import { requireActive, runInTenant, type TenantContext, tenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { issueSession, requireSecondFactor, type SessionView } from '../auth/index.js';
import type { RequestClient } from '../http/request-client.js';
import type { PersonDependencies } from './person-dependencies.js';
import { linkedAccounts } from './person-links.js';
import type { TenantSwitch } from './person-schemas.js';

/** A crowd is queued for a connection, and not answered with errors. */
const PATIENCE = { maxWait: 10_000, timeout: 10_000 };

/**
 * Begins a session in another tenant of the same person. Link, membership and state of that tenant are
 * what they are at this moment, and where that account has a second factor it is asked for: one tenant's
 * rules do not end where another's begin.
 *
 * @throws RingfenceError `NOT_FOUND` for a tenant that the actor has no linked account in (any more),
 *   whether or not it exists; `LINK_SUSPENDED`, `TENANT_SUSPENDED`, `TENANT_DELETING`, `SECOND_FACTOR_REQUIRED`,
 *   `SECOND_FACTOR_WRONG`, `LOG_IN_THROTTLED`.
 */
export async function switchTenant(
  { accounts, pool }: PersonDependencies,
  { actor, tenantId }: TenantContext,
  { tenant: wanted, code }: TenantSwitch,
  client: RequestClient,
): Promise<SessionView> {
  if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
  const linked = await linkedAccounts(pool, { tenantId, userId: actor.id });
  const tenant = await accounts.directory.findTenant(wanted);
  const account = linked.find((each) => each.tenantId === tenant?.id);
  if (!tenant || !account) throw new RingfenceError('NOT_FOUND');
  if (account.suspended) throw new RingfenceError('LINK_SUSPENDED');
  const { userId } = account;
  const there = tenantContext(tenant.id, { kind: 'system', reason: 'switch tenant' });
  const enter = async (): Promise<SessionView> => {
    const member = await accounts.prisma.user.findUnique({
      where: { id: userId },
      select: { id: true },
    });
    if (!member) throw new RingfenceError('NOT_FOUND');
    requireActive(tenant.state);
    await requireSecondFactor(accounts, { tenantId: tenant.id, userId }, code, client);
    return accounts.prisma.$transaction(async (tx) => {
      const [row] = await tx.$queryRaw<{ role: string }[]>`
        SELECT role::text AS role FROM public.users WHERE id = ${userId}::uuid FOR SHARE`;
      if (!row) throw new RingfenceError('NOT_FOUND');
      return issueSession(tx, accounts.issuer, { tenant, userId, role: row.role, client });
    }, PATIENCE);
  };
  const session = await runInTenant(there, enter, { nested: 'separate' });
  accounts.logger.info(
    { event: 'tenant_switched', tenantId, userId: actor.id, to: account },
    'A person has switched to another tenant.',
  );
  return session;
}

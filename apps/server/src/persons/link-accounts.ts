import { runInTenant, type TenantContext, tenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import {
  inTenantOf,
  proveCredentials,
  requirePassword,
  requireSecondFactor,
  stillProven,
} from '../auth/index.js';
import type { RequestClient } from '../http/request-client.js';
import type { PersonDependencies } from './person-dependencies.js';
import { claimLink, joinAccounts } from './person-links.js';
import type { NewLink } from './person-schemas.js';

/**
 * Links the actor's account with one in another tenant, once the credentials of both are proven: those
 * of the account that one is logged in to as well, or whoever holds an access token for some minutes
 * would have a way in for good.
 *
 * Between the proof and the link, somebody who manages one of the tenants could change the account. So
 * the link is claimed first, which any such change undoes; then both are looked at once more; and only
 * then they are joined.
 *
 * @throws RingfenceError `PASSWORD_WRONG`, `SECOND_FACTOR_REQUIRED`, `SECOND_FACTOR_WRONG` and
 *   `CREDENTIALS_INVALID` (of the other account); `LOG_IN_THROTTLED`, `TENANT_SUSPENDED`, `OVERLOADED`;
 *   `CONFLICT` when the other account is of this very tenant.
 */
export async function linkAccounts(
  deps: PersonDependencies,
  { actor, tenantId }: TenantContext,
  { password, code, other: credentials }: NewLink,
  client: RequestClient,
): Promise<void> {
  const { accounts, pool } = deps;
  const person = await requirePassword(accounts, actor, password, client);
  const own = { tenantId, userId: person.id };
  await requireSecondFactor(accounts, own, code, client);
  const other = await inTenantOf(accounts, credentials.tenant, 'link accounts', (named) =>
    proveCredentials(accounts, named, credentials, client),
  );
  if (other.tenant.id === tenantId) throw new RingfenceError('CONFLICT');
  const theirs = { tenantId: other.tenant.id, userId: other.userId };
  const claim = await claimLink(pool, own, theirs);
  await lookAgain(deps, own.userId, person.passwordHash);
  const there = tenantContext(theirs.tenantId, { kind: 'system', reason: 'link accounts' });
  await runInTenant(there, () => lookAgain(deps, theirs.userId, other.passwordHash), {
    nested: 'separate',
  });
  if (!(await joinAccounts(pool, claim))) throw new RingfenceError('CREDENTIALS_INVALID');
  accounts.logger.info(
    { event: 'accounts_linked', tenantId, userId: person.id, other: theirs },
    'Two accounts were linked.',
  );
}

/** Waits for whoever is changing the account at this moment, and sees what they did. */
async function lookAgain(
  { accounts }: PersonDependencies,
  userId: string,
  passwordHash: string,
): Promise<void> {
  await accounts.prisma.$transaction((tx) => stillProven(tx, { userId, passwordHash }));
}

import type { TenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { PersonDependencies } from './person-dependencies.js';
import { linkedAccounts } from './person-links.js';
import type { LinkedTenant } from './person-schemas.js';

/**
 * Lists the tenants that the actor has a linked account in.
 *
 * @throws RingfenceError `NOT_FOUND` for an actor that is no person.
 */
export async function listTenants(
  { accounts, pool }: PersonDependencies,
  { actor, tenantId }: TenantContext,
): Promise<LinkedTenant[]> {
  if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
  const linked = await linkedAccounts(pool, { tenantId, userId: actor.id });
  const tenants = await Promise.all(
    linked.map(async (account) => {
      const tenant = await accounts.directory.findTenant(account.tenantId);
      return tenant && { slug: tenant.slug, state: tenant.state, suspended: account.suspended };
    }),
  );
  return tenants
    .filter((tenant) => tenant !== undefined)
    .sort((one, other) => (one.slug < other.slug ? -1 : 1));
}

import type { TenantId } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { domainChallenge, isProvenBy } from './domain-challenge.js';
import type { DomainDependencies } from './domain-dependencies.js';
import { type DomainRow, domainSelect } from './domain-view.js';
import { getDomain } from './get-domain.js';

/**
 * Looks in DNS whether a domain is the tenant's, and acts on it: with the record there, the domain names
 * this tenant from now on, whoever had it before; without it, it names this tenant no longer. When DNS
 * does not answer everything stays as it is.
 *
 * @throws RingfenceError `NOT_FOUND`; `DOMAIN_UNPROVEN` without the record; `DNS_UNAVAILABLE` and
 *   `OVERLOADED`; `ALREADY_EXISTS` when the platform gave this host to another tenant.
 */
export async function verifyDomain(
  deps: Pick<DomainDependencies, 'prisma' | 'pool' | 'records'>,
  tenantId: TenantId,
  id: string,
): Promise<DomainRow> {
  const row = await getDomain(deps, id);
  const challenge = domainChallenge(tenantId, row);
  // Before any transaction: a server that takes its time must not hold a connection.
  const proven = isProvenBy(challenge, await deps.records.texts(challenge.name));
  const checked = await conclude(deps, row, proven);
  if (!checked) throw new RingfenceError('NOT_FOUND');
  if (!proven) throw new RingfenceError('DOMAIN_UNPROVEN');
  return checked;
}

/** Row and directory change together, or neither does. */
function conclude(
  { prisma, pool }: Pick<DomainDependencies, 'prisma' | 'pool'>,
  { id, domain }: DomainRow,
  proven: boolean,
): Promise<DomainRow | undefined> {
  const checkedAt = new Date();
  return prisma.$transaction(async (tx) => {
    const [row] = await tx.customDomain.updateManyAndReturn({
      where: { id },
      data: { checkedAt, verifiedAt: proven ? checkedAt : null },
      select: domainSelect,
    });
    // Deleted meanwhile: then it must not come back into the directory.
    if (!row) return undefined;
    await (proven ? pool.activateDomain(domain) : pool.deactivateDomain(domain));
    return row;
  });
}

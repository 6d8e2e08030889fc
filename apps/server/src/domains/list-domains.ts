import type { TenantId } from 'ringfence/context';
import { type Page, pageArguments, toPage } from '../http/page.js';
import type { DomainDependencies } from './domain-dependencies.js';
import type { DomainsQuery } from './domain-schemas.js';
import { domainSelect, domainView } from './domain-view.js';

/** One page of the tenant's domains, the oldest first. */
export async function listDomains(
  { prisma, pool }: Pick<DomainDependencies, 'prisma' | 'pool'>,
  tenantId: TenantId,
  query: DomainsQuery,
): Promise<Page<ReturnType<typeof domainView>>> {
  const rows = await prisma.customDomain.findMany({
    ...pageArguments(query),
    select: domainSelect,
  });
  const active = await pool.ownDomains();
  return toPage(rows, query, (row) => domainView(row, { tenantId, active }));
}

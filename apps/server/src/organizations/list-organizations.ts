import type { TenantPrisma } from '../database/index.js';
import { type Page, pageArguments, toPage } from '../http/page.js';
import type { OrganizationsQuery } from './organization-schemas.js';
import { organizationSelect, organizationView } from './organization-view.js';

/** One page of the tenant's organizations, the oldest first. */
export async function listOrganizations(
  prisma: TenantPrisma,
  query: OrganizationsQuery,
): Promise<Page<ReturnType<typeof organizationView>>> {
  const rows = await prisma.organization.findMany({
    ...pageArguments(query),
    select: organizationSelect,
  });
  return toPage(rows, query, organizationView);
}

import type { TenantPrisma } from '../database/index.js';
import { type NewOrganization } from './organization-schemas.js';
import { type OrganizationRow, organizationSelect } from './organization-view.js';

/** The database gives the organization its id and its tenant. */
export async function createOrganization(
  prisma: TenantPrisma,
  input: NewOrganization,
): Promise<OrganizationRow> {
  return prisma.organization.create({ data: input, select: organizationSelect });
}

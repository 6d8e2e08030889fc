import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { type OrganizationRow, organizationSelect } from './organization-view.js';

/** @throws RingfenceError `NOT_FOUND`; an organization of another tenant is not found either. */
export async function getOrganization(prisma: TenantPrisma, id: string): Promise<OrganizationRow> {
  const row = await prisma.organization.findUnique({ where: { id }, select: organizationSelect });
  if (!row) throw new RingfenceError('NOT_FOUND');
  return row;
}

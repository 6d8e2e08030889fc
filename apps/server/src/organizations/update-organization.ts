import type { TenantPrisma } from '../database/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { explainNoMatch } from '../http/explain-no-match.js';
import { type OrganizationChange } from './organization-schemas.js';
import { type OrganizationRow, organizationSelect } from './organization-view.js';

/**
 * Changes the given fields in one statement that also checks and counts up the version: of two
 * changes to the same version one wins.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when it is in another version than
 *   wanted.
 */
export async function updateOrganization(
  prisma: TenantPrisma,
  id: string,
  wanted: WantedVersions,
  fields: OrganizationChange,
): Promise<OrganizationRow> {
  const [row] = await prisma.organization.updateManyAndReturn({
    where: rowWanted(id, wanted),
    data: { ...fields, version: { increment: 1 } },
    select: organizationSelect,
  });
  return (
    row ?? explainNoMatch(prisma.organization.findUnique({ where: { id }, select: { id: true } }))
  );
}

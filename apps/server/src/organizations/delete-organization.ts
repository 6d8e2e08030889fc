import type { TenantPrisma } from '../database/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { explainNoMatch } from '../http/explain-no-match.js';
import { explainRefusal } from '../http/explain-refusal.js';

/**
 * Deletes an organization; its memberships go with it, its projects keep it.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when it is in another version than
 *   wanted, `HAS_CHILDREN` while it has projects.
 */
export async function deleteOrganization(
  prisma: TenantPrisma,
  id: string,
  wanted: WantedVersions,
): Promise<void> {
  const { count } = await explainRefusal(
    prisma.organization.deleteMany({ where: rowWanted(id, wanted) }),
    {
      REFERENCE_NOT_FOUND: { code: 'HAS_CHILDREN' },
    },
  );
  if (count > 0) return;
  await explainNoMatch(prisma.organization.findUnique({ where: { id }, select: { id: true } }));
}

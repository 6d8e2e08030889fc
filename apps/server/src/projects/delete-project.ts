import type { TenantPrisma } from '../database/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { explainNoMatch } from '../http/explain-no-match.js';
import { explainRefusal } from '../http/explain-refusal.js';

/**
 * Deletes a project.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when it is in another version than
 *   wanted, `HAS_CHILDREN` while it has documents.
 */
export async function deleteProject(
  prisma: TenantPrisma,
  id: string,
  wanted: WantedVersions,
): Promise<void> {
  const { count } = await explainRefusal(
    prisma.project.deleteMany({ where: rowWanted(id, wanted) }),
    {
      REFERENCE_NOT_FOUND: { code: 'HAS_CHILDREN' },
    },
  );
  if (count > 0) return;
  await explainNoMatch(prisma.project.findUnique({ where: { id }, select: { id: true } }));
}

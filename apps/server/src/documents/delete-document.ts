import type { TenantPrisma } from '../database/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { explainNoMatch } from '../http/explain-no-match.js';

/**
 * Deletes a document.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when it is in another version than
 *   wanted.
 */
export async function deleteDocument(
  prisma: TenantPrisma,
  id: string,
  wanted: WantedVersions,
): Promise<void> {
  const { count } = await prisma.document.deleteMany({ where: rowWanted(id, wanted) });
  if (count > 0) return;
  await explainNoMatch(prisma.document.findUnique({ where: { id }, select: { id: true } }));
}

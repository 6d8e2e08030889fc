import type { TenantPrisma } from '../database/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { explainNoMatch } from '../http/explain-no-match.js';
import { explainRefusal } from '../http/explain-refusal.js';
import { type DocumentChange, MISSING_PROJECT } from './document-schemas.js';
import { type DocumentRow, documentSelect } from './document-view.js';

/**
 * Changes the given fields in one statement that also checks and counts up the version: of two
 * changes to the same version one wins.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when it is in another version than
 *   wanted, `REFERENCE_NOT_FOUND` for a project that is not there.
 */
export async function updateDocument(
  prisma: TenantPrisma,
  id: string,
  wanted: WantedVersions,
  fields: DocumentChange,
): Promise<DocumentRow> {
  const update = prisma.document.updateManyAndReturn({
    where: rowWanted(id, wanted),
    data: { ...fields, version: { increment: 1 } },
    select: documentSelect,
  });
  const [row] = await explainRefusal(update, { REFERENCE_NOT_FOUND: MISSING_PROJECT });
  return row ?? explainNoMatch(prisma.document.findUnique({ where: { id }, select: { id: true } }));
}

import type { TenantPrisma } from '../database/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { explainNoMatch } from '../http/explain-no-match.js';
import { explainRefusal } from '../http/explain-refusal.js';
import { MISSING_ORGANIZATION, type ProjectChange } from './project-schemas.js';
import { type ProjectRow, projectSelect } from './project-view.js';

/**
 * Changes the given fields in one statement that also checks and counts up the version: of two
 * changes to the same version one wins.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when it is in another version than
 *   wanted, `REFERENCE_NOT_FOUND` for an organization that is not there.
 */
export async function updateProject(
  prisma: TenantPrisma,
  id: string,
  wanted: WantedVersions,
  fields: ProjectChange,
): Promise<ProjectRow> {
  const update = prisma.project.updateManyAndReturn({
    where: rowWanted(id, wanted),
    data: { ...fields, version: { increment: 1 } },
    select: projectSelect,
  });
  const [row] = await explainRefusal(update, { REFERENCE_NOT_FOUND: MISSING_ORGANIZATION });
  return row ?? explainNoMatch(prisma.project.findUnique({ where: { id }, select: { id: true } }));
}

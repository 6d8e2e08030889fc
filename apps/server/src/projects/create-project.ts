import type { TenantPrisma } from '../database/index.js';
import { explainRefusal } from '../http/explain-refusal.js';
import { MISSING_ORGANIZATION, type NewProject } from './project-schemas.js';
import { type ProjectRow, projectSelect } from './project-view.js';

/** @throws RingfenceError `REFERENCE_NOT_FOUND` when the organization is not there, or another tenant's. */
export async function createProject(prisma: TenantPrisma, input: NewProject): Promise<ProjectRow> {
  return explainRefusal(prisma.project.create({ data: input, select: projectSelect }), {
    REFERENCE_NOT_FOUND: MISSING_ORGANIZATION,
  });
}

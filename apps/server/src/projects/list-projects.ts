import type { TenantPrisma } from '../database/index.js';
import { type Page, pageArguments, toPage } from '../http/page.js';
import type { ProjectsQuery } from './project-schemas.js';
import { projectSelect, projectView } from './project-view.js';

/** One page of the tenant's projects, the oldest first; of one organization when the query names it. */
export async function listProjects(
  prisma: TenantPrisma,
  query: ProjectsQuery,
): Promise<Page<ReturnType<typeof projectView>>> {
  const { where, ...page } = pageArguments(query);
  const rows = await prisma.project.findMany({
    ...page,
    where: query.organizationId ? { ...where, organizationId: query.organizationId } : where,
    select: projectSelect,
  });
  return toPage(rows, query, projectView);
}

import type { TenantPrisma } from '../database/index.js';
import { type Page, pageArguments, toPage } from '../http/page.js';
import type { DocumentsQuery } from './document-schemas.js';
import { documentSelect, documentView } from './document-view.js';

/** One page of the tenant's documents, the oldest first; of one project when the query names it. */
export async function listDocuments(
  prisma: TenantPrisma,
  query: DocumentsQuery,
): Promise<Page<ReturnType<typeof documentView>>> {
  const { where, ...page } = pageArguments(query);
  const rows = await prisma.document.findMany({
    ...page,
    where: query.projectId ? { ...where, projectId: query.projectId } : where,
    select: documentSelect,
  });
  return toPage(rows, query, documentView);
}

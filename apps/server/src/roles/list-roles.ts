import type { TenantPrisma } from '../database/index.js';
import { type Page, pageArguments, toPage } from '../http/page.js';
import type { RolesQuery } from './role-schemas.js';
import { roleSelect, roleView } from './role-view.js';

/** One page of the tenant's own roles, the oldest first. */
export async function listRoles(
  prisma: TenantPrisma,
  query: RolesQuery,
): Promise<Page<ReturnType<typeof roleView>>> {
  const rows = await prisma.customRole.findMany({ ...pageArguments(query), select: roleSelect });
  return toPage(rows, query, roleView);
}

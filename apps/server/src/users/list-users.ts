import type { TenantPrisma } from '../database/index.js';
import { type Page, pageArguments, toPage } from '../http/page.js';
import type { UsersQuery } from './user-schemas.js';
import { userSelect, userView } from './user-view.js';

/** One page of the tenant's users, the oldest first. */
export async function listUsers(
  prisma: TenantPrisma,
  query: UsersQuery,
): Promise<Page<ReturnType<typeof userView>>> {
  const rows = await prisma.user.findMany({ ...pageArguments(query), select: userSelect });
  return toPage(rows, query, userView);
}

import type { TenantPrisma } from '../database/index.js';
import { type Page, pageArguments, toPage } from '../http/page.js';
import type { ApiKeysQuery } from './api-key-schemas.js';
import { type ApiKeyRow, apiKeySelect } from './api-key-view.js';

/** One page of the tenant's API keys, the oldest first, revoked and expired ones as well. */
export async function listApiKeys(
  prisma: TenantPrisma,
  query: ApiKeysQuery,
): Promise<Page<ApiKeyRow>> {
  const rows = await prisma.apiKey.findMany({ ...pageArguments(query), select: apiKeySelect });
  return toPage(rows, query, (row) => row);
}

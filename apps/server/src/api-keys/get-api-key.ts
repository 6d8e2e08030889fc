import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { type ApiKeyRow, apiKeySelect } from './api-key-view.js';

/** @throws RingfenceError `NOT_FOUND`; a key of another tenant is not found either. */
export async function getApiKey(prisma: TenantPrisma, id: string): Promise<ApiKeyRow> {
  const row = await prisma.apiKey.findUnique({ where: { id }, select: apiKeySelect });
  if (!row) throw new RingfenceError('NOT_FOUND');
  return row;
}

import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';

/**
 * Revokes an API key, for good: whoever may do it may do it to every key of the tenant, also to one that
 * may do more than they, because a key that has leaked cannot wait. The row stays, to be looked at. One
 * that is revoked already stays as it is.
 *
 * @throws RingfenceError `NOT_FOUND`; a key of another tenant is not found either.
 */
export async function revokeApiKey(prisma: TenantPrisma, id: string): Promise<void> {
  const { count } = await prisma.apiKey.updateMany({
    where: { id, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  if (count > 0) return;
  const known = await prisma.apiKey.findUnique({ where: { id }, select: { id: true } });
  if (!known) throw new RingfenceError('NOT_FOUND');
}

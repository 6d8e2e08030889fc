import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';

/**
 * Revokes an open invitation: its link is void.
 *
 * @throws RingfenceError `NOT_FOUND` when it is not there or was accepted or revoked already.
 */
export async function revokeInvitation(prisma: TenantPrisma, id: string): Promise<void> {
  const { count } = await prisma.invitation.updateMany({
    where: { id, acceptedAt: null, revokedAt: null },
    data: { revokedAt: new Date() },
  });
  if (count === 0) throw new RingfenceError('NOT_FOUND');
}

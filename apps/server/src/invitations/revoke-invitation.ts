import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { lockPeople, requirePresentRole } from '../users/index.js';

/**
 * Revokes an open invitation: its link is void. That of an owner is revoked by an owner only, in person,
 * as it is made and mailed again.
 *
 * @throws RingfenceError `NOT_FOUND` when it is not there or was accepted or revoked already;
 *   `PERMISSION_DENIED` when the actor may not revoke it (any more).
 */
export async function revokeInvitation(
  prisma: TenantPrisma,
  actor: Actor,
  id: string,
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const people = await lockPeople(tx, actor);
    const open = { id, acceptedAt: null, revokedAt: null };
    const row = await tx.invitation.findFirst({ where: open, select: { role: true } });
    if (!row) throw new RingfenceError('NOT_FOUND');
    requirePresentRole(people, 'invitation.delete', [row.role]);
    const { count } = await tx.invitation.updateMany({
      where: open,
      data: { revokedAt: new Date() },
    });
    if (count === 0) throw new RingfenceError('NOT_FOUND');
  });
}

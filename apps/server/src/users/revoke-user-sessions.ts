import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { revokeSessions } from '../auth/index.js';
import type { TenantPrisma } from '../database/index.js';
import { lockPeople, requirePresentRole } from './lock-people.js';

/**
 * Ends every session of a user.
 *
 * @throws RingfenceError `NOT_FOUND`, `PERMISSION_DENIED` when somebody else than an owner ends the
 *   sessions of an owner.
 */
export async function revokeUserSessions(
  prisma: TenantPrisma,
  actor: Actor,
  id: string,
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const people = await lockPeople(tx, actor, id);
    if (!people.target) throw new RingfenceError('NOT_FOUND');
    requirePresentRole(people, 'session.delete', [people.target.role]);
    await revokeSessions(tx, { userId: id });
  });
}

import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { type AuthDependencies, revokeSessions } from '../auth/index.js';
import { lockPeople, requirePresentRole } from './lock-people.js';

/**
 * Takes the second factor of a user away who has lost it, and ends every session of theirs. The user is
 * told by mail, and enters with the password alone.
 *
 * @throws RingfenceError `NOT_FOUND`, also for a user who has none; `PERMISSION_DENIED` when somebody else
 *   than an owner resets that of an owner.
 */
export async function resetSecondFactor(
  { prisma, secondFactors, notices }: AuthDependencies,
  actor: Actor,
  id: string,
): Promise<void> {
  const user = await prisma.$transaction(async (tx) => {
    const people = await lockPeople(tx, actor, id);
    if (!people.target) throw new RingfenceError('NOT_FOUND');
    requirePresentRole(people, 'second-factor.delete', [people.target.role]);
    if (!(await secondFactors.remove(tx, id))) throw new RingfenceError('NOT_FOUND');
    await revokeSessions(tx, { userId: id });
    return tx.user.findUniqueOrThrow({ where: { id }, select: { id: true, email: true } });
  });
  await notices.send(user, 'second-factor-reset');
}

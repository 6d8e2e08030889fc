import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { keepAnOwner, lockPeople, requirePresentRole } from './lock-people.js';

/**
 * Deletes a user; memberships and sessions go with it.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when the user is in another version than
 *   wanted, `PERMISSION_DENIED` when somebody else than an owner deletes an owner, `LAST_OWNER`.
 */
export async function deleteUser(
  prisma: TenantPrisma,
  actor: Actor,
  id: string,
  wanted: WantedVersions,
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    const people = await lockPeople(tx, actor, id);
    if (!people.target) throw new RingfenceError('NOT_FOUND');
    requirePresentRole(people, 'user.delete', [people.target.role]);
    keepAnOwner(people);
    const { count } = await tx.user.deleteMany({ where: rowWanted(id, wanted) });
    if (count === 0) throw new RingfenceError('PRECONDITION_FAILED');
  });
}

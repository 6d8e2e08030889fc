import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { explainRefusal } from '../http/explain-refusal.js';
import { lockPeople, requireHeld } from '../users/index.js';

/**
 * Deletes a role that nobody has; open invitations to it go with it. The database decides whether
 * somebody has it, so nobody who gets it at this moment is left with nothing.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when it is in another version than wanted,
 *   `ROLE_IN_USE`, `PERMISSION_DENIED` when the actor does not hold all of its permissions.
 */
export async function deleteRole(
  prisma: TenantPrisma,
  actor: Actor,
  id: string,
  wanted: WantedVersions,
): Promise<void> {
  const remove = prisma.$transaction(async (tx) => {
    const people = await lockPeople(tx, actor, undefined, { id, changes: true });
    const before = people.roles.get(id);
    if (!before) throw new RingfenceError('NOT_FOUND');
    requireHeld(people, ['role.delete', ...before]);
    const { count } = await tx.customRole.deleteMany({ where: rowWanted(id, wanted) });
    if (count === 0) throw new RingfenceError('PRECONDITION_FAILED');
  });
  await explainRefusal(remove, {
    HAS_CHILDREN: { code: 'ROLE_IN_USE' },
    REFERENCE_NOT_FOUND: { code: 'ROLE_IN_USE' },
  });
}

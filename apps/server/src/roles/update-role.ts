import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { explainRefusal } from '../http/explain-refusal.js';
import { lockPeople, requireHeld } from '../users/index.js';
import { NAME_TAKEN, type RoleChange } from './role-schemas.js';
import { type RoleRow, roleSelect } from './role-view.js';

/**
 * Changes the given fields of a role. Whoever has it may do what it says from the next request on, so
 * the actor must hold what it said before as well as what it says after.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when it is in another version than wanted,
 *   `ALREADY_EXISTS` when the name is taken, `PERMISSION_DENIED`.
 */
export async function updateRole(
  prisma: TenantPrisma,
  actor: Actor,
  id: string,
  wanted: WantedVersions,
  { permissions, ...fields }: RoleChange,
): Promise<RoleRow> {
  const update = prisma.$transaction(async (tx) => {
    const people = await lockPeople(tx, actor, undefined, { id, changes: true });
    const before = people.roles.get(id);
    if (!before) throw new RingfenceError('NOT_FOUND');
    requireHeld(people, ['role.update', ...before, ...(permissions ?? [])]);
    const [row] = await tx.customRole.updateManyAndReturn({
      where: rowWanted(id, wanted),
      data: {
        ...fields,
        ...(permissions && { permissions: [...permissions] }),
        version: { increment: 1 },
      },
      select: roleSelect,
    });
    if (!row) throw new RingfenceError('PRECONDITION_FAILED');
    return row;
  });
  return explainRefusal(update, { ALREADY_EXISTS: NAME_TAKEN });
}

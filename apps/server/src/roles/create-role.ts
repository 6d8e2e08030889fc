import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { explainRefusal } from '../http/explain-refusal.js';
import { lockPeople, requireHeld } from '../users/index.js';
import { NAME_TAKEN, type NewRole } from './role-schemas.js';
import { type RoleRow, roleSelect } from './role-view.js';

/** How many roles of its own a tenant may have: far more than people tell apart. */
const MAX_ROLES = 100;

/**
 * Creates a role of the tenant's own.
 *
 * @throws RingfenceError `ALREADY_EXISTS` when the tenant has a role of this name, `TOO_MANY_ROLES` when
 *   it has a hundred, `PERMISSION_DENIED` when the actor does not hold all of its permissions (any more).
 */
export async function createRole(
  prisma: TenantPrisma,
  actor: Actor,
  { name, description = '', permissions }: NewRole,
): Promise<RoleRow> {
  const create = prisma.$transaction(async (tx) => {
    requireHeld(await lockPeople(tx, actor), ['role.create', ...permissions]);
    // The owners' rows are locked: of two at once, the later one counts the earlier.
    if ((await tx.customRole.count()) >= MAX_ROLES) throw new RingfenceError('TOO_MANY_ROLES');
    const data = { name, description, permissions: [...permissions] };
    return tx.customRole.create({ data, select: roleSelect });
  });
  return explainRefusal(create, { ALREADY_EXISTS: NAME_TAKEN });
}

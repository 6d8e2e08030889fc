import type { Actor } from 'ringfence/context';
import type { TenantPrisma } from '../database/index.js';
import { explainRefusal } from '../http/explain-refusal.js';
import { lockPeople, requirePresentRole } from './lock-people.js';
import { EMAIL_TAKEN, type NewUser } from './user-schemas.js';
import { type UserRow, userSelect } from './user-view.js';

/**
 * Creates a user without a password: nobody can log in as it before one is set.
 *
 * @throws RingfenceError `ALREADY_EXISTS` when the tenant has a user of this address,
 *   `PERMISSION_DENIED` when somebody else than an owner makes an owner.
 */
export async function createUser(
  prisma: TenantPrisma,
  actor: Actor,
  input: NewUser,
): Promise<UserRow> {
  const create = prisma.$transaction(async (tx) => {
    requirePresentRole(await lockPeople(tx, actor), 'user.create', [input.role]);
    return tx.user.create({ data: input, select: userSelect });
  });
  return explainRefusal(create, { ALREADY_EXISTS: EMAIL_TAKEN });
}

import type { Actor } from 'ringfence/context';
import type { TenantPrisma } from '../database/index.js';
import { explainRefusal } from '../http/explain-refusal.js';
import {
  lockPeople,
  requireGrantable,
  requirePresentRole,
  requireVerifiedActor,
  wantedRole,
} from './lock-people.js';
import { EMAIL_TAKEN, type NewUser } from './user-schemas.js';
import { type UserRow, userSelect } from './user-view.js';

/**
 * Creates a user without a password: nobody can log in as it before one is set. Anybody may have the link
 * mailed that sets one, which is why the actor's own address must be verified, as for an invitation.
 *
 * @throws RingfenceError `ALREADY_EXISTS` when the tenant has a user of this address,
 *   `PERMISSION_DENIED` when somebody else than an owner makes an owner,
 *   or the actor does not hold what the new user gets; `REFERENCE_NOT_FOUND` for the custom role;
 *   `EMAIL_UNVERIFIED` before the actor's own address is verified.
 */
export async function createUser(
  prisma: TenantPrisma,
  actor: Actor,
  input: NewUser,
): Promise<UserRow> {
  const create = prisma.$transaction(async (tx) => {
    const people = await lockPeople(tx, actor, undefined, wantedRole(input.customRoleId));
    requirePresentRole(people, 'user.create', [input.role]);
    requireGrantable(people, input);
    requireVerifiedActor(people);
    return tx.user.create({ data: input, select: userSelect });
  });
  return explainRefusal(create, { ALREADY_EXISTS: EMAIL_TAKEN });
}

import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { announceAddressChange, prepareAddressChange } from '../email-verifications/index.js';
import { rowWanted, type WantedVersions } from '../http/etag.js';
import { explainRefusal } from '../http/explain-refusal.js';
import type { AccountMails } from '../mailed-tokens/index.js';
import {
  keepAnOwner,
  type LockedPerson,
  lockPeople,
  requireGrantable,
  requirePresentRole,
  requireVerifiedActor,
  wantedRole,
} from './lock-people.js';
import { EMAIL_TAKEN, type UserChange } from './user-schemas.js';
import { type UserRow, userSelect } from './user-view.js';

/**
 * Changes the given fields of a user. A new role counts from the next request on. A new address is
 * not verified: a link is mailed to it, the old one is told, and links that were out are void. Mailed are
 * a few for each account, mailbox and tenant.
 *
 * @throws RingfenceError `NOT_FOUND`, `PRECONDITION_FAILED` when the user is in another version than
 *   wanted, `ALREADY_EXISTS` when the address is taken, `PERMISSION_DENIED` when somebody else than an
 *   owner changes or makes an owner, or the actor does not hold what the user has or gets;
 *   `REFERENCE_NOT_FOUND` for the custom role, `LAST_OWNER` when no owner would be left,
 *   `VALIDATION_FAILED` for one's own address: changing that needs the password;
 *   `EMAIL_UNVERIFIED` for an address before the actor's own is verified, `RATE_LIMITED`.
 */
export async function updateUser(
  mails: AccountMails,
  actor: Actor,
  id: string,
  wanted: WantedVersions,
  fields: UserChange,
): Promise<UserRow> {
  const update = mails.prisma.$transaction(async (tx) => {
    const people = await lockPeople(tx, actor, id, wantedRole(fields.customRoleId));
    if (!people.target) throw new RingfenceError('NOT_FOUND');
    requirePresentRole(people, 'user.update', [people.target.role, fields.role]);
    const roles = rolesAfter(people.target, fields);
    if (changesRoles(people.target, roles)) requireGrantable(people, roles);
    if (roles.role !== 'owner') keepAnOwner(people);
    const verified = (): void => requireVerifiedActor(people);
    const change = { actor, id, email: fields.email, verified };
    const moved = await prepareAddressChange(tx, mails, change);
    const [row] = await tx.user.updateManyAndReturn({
      where: rowWanted(id, wanted),
      data: {
        ...fields,
        ...roles,
        ...(moved && { emailVerifiedAt: null }),
        version: { increment: 1 },
      },
      select: userSelect,
    });
    if (!row) throw new RingfenceError('PRECONDITION_FAILED');
    // Counted last, and so only for mails that are sent.
    if (moved) await mails.addressChanges.take(moved);
    return { row, moved };
  });
  const { row, moved } = await explainRefusal(update, { ALREADY_EXISTS: EMAIL_TAKEN });
  if (moved) await announceAddressChange(mails, moved);
  return row;
}

type Roles = Pick<LockedPerson, 'role' | 'customRoleId'>;

/** An owner has no custom role: to become one ends it. */
function rolesAfter(target: LockedPerson, fields: UserChange): Roles {
  const role = fields.role ?? target.role;
  const kept = role === 'owner' ? null : target.customRoleId;
  return { role, customRoleId: fields.customRoleId === undefined ? kept : fields.customRoleId };
}

function changesRoles(before: Roles, after: Roles): boolean {
  return before.role !== after.role || before.customRoleId !== after.customRoleId;
}

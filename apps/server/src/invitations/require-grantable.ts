import { RingfenceError } from 'ringfence/errors';
import { mayGrant } from 'ringfence/permissions';
import type { TenantPrisma } from '../database/index.js';
import { PERMISSIONS, type Role } from '../permissions.js';

/** What somebody gives to somebody else: a role, and maybe one of the tenant's own instead. */
export interface Grant {
  readonly role: Role;
  readonly customRoleId: string | null;
}

/** Who gives, as they are now, and not as a token or an old invitation has it. */
export interface Giver {
  readonly id: string;
  readonly name: string;
  readonly emailVerifiedAt: Date | null;
}

/**
 * Nobody gives what they do not hold: every permission of the role must be one of the giver's own, and
 * only an owner makes an owner. The caller has locked the giver's row.
 *
 * @returns the giver; `undefined` when they may not (any more).
 * @throws RingfenceError `REFERENCE_NOT_FOUND` for a custom role that this tenant does not have.
 */
export async function findGiver(
  tx: Pick<TenantPrisma, 'user' | 'customRole'>,
  giverId: string,
  { role, customRoleId }: Grant,
): Promise<Giver | undefined> {
  const giver = await tx.user.findUnique({
    where: { id: giverId },
    select: {
      id: true,
      name: true,
      role: true,
      emailVerifiedAt: true,
      customRole: { select: { permissions: true } },
    },
  });
  if (!giver) return undefined;
  const own = PERMISSIONS.effective(giver.role, giver.customRole?.permissions);
  const given = await permissionsOf(tx, { role, customRoleId });
  const holds = own.includes('invitation.create') && mayGrant(own, given);
  if (!holds || (role === 'owner' && giver.role !== 'owner')) return undefined;
  return giver;
}

async function permissionsOf(
  tx: Pick<TenantPrisma, 'customRole'>,
  { role, customRoleId }: Grant,
): Promise<readonly string[]> {
  if (customRoleId === null) return PERMISSIONS.roles[role];
  const where = { id: customRoleId };
  const custom = await tx.customRole.findUnique({ where, select: { permissions: true } });
  const errors = [{ pointer: '/customRoleId', message: 'There is no such role.' }];
  if (!custom) throw new RingfenceError('REFERENCE_NOT_FOUND', { errors });
  // The role below counts as well: it is what is left when the custom one is taken away. Names that
  // nobody knows are held by nobody.
  return [...PERMISSIONS.roles[role], ...custom.permissions];
}

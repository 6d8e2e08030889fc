import { type Actor, roleOf } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import type { TenantPrisma } from '../database/index.js';
import { PERMISSIONS, type Permission, type Role } from '../permissions.js';

/** A transaction of the {@link TenantPrisma}, as far as users need it. */
export type UserTransaction = Pick<TenantPrisma, 'user' | '$queryRaw'>;

/** The people that a change of users depends on, locked until the transaction ends. */
export interface LockedPeople {
  /** What the actor is now; a token may be older than that. */
  readonly actorRole: Role | undefined;
  readonly target: { readonly id: string; readonly role: Role } | undefined;
  readonly owners: number;
}

/**
 * Locks the actor, the target and every owner of the tenant, so that two owners who remove each other
 * at the same moment wait for one another, and somebody who was demoted a moment ago cannot use what
 * is left of the token to come back.
 *
 * In the order of ids, so that two changes never wait for each other. NO KEY UPDATE, because rows
 * that merely refer to these people (a log-in, say) need not wait.
 */
export async function lockPeople(
  tx: UserTransaction,
  actor: Actor,
  targetId?: string,
): Promise<LockedPeople> {
  const actorId = actor.kind === 'user' ? actor.id : null;
  const people = await tx.$queryRaw<{ id: string; role: Role }[]>`
    SELECT id, role::text AS role FROM public.users
    WHERE role = 'owner' OR id IN (${actorId}::uuid, ${targetId ?? null}::uuid)
    ORDER BY id FOR NO KEY UPDATE`;
  const find = (id: string | null | undefined) => people.find((person) => person.id === id);
  return {
    actorRole: actorId ? find(actorId)?.role : (roleOf(actor) as Role | undefined),
    target: find(targetId),
    owners: people.filter((person) => person.role === 'owner').length,
  };
}

/**
 * Refuses a change of users that the actor's present role does not allow. Only an owner may create,
 * change or remove an owner: `roles` are the roles that the change touches, before and after.
 *
 * @throws RingfenceError `PERMISSION_DENIED`.
 */
export function requirePresentRole(
  { actorRole }: LockedPeople,
  permission: Permission,
  roles: readonly (Role | undefined)[],
): void {
  const allowed = actorRole !== undefined && PERMISSIONS.roles[actorRole].includes(permission);
  if (!allowed || (actorRole !== 'owner' && roles.includes('owner'))) {
    throw new RingfenceError('PERMISSION_DENIED');
  }
}

/** @throws RingfenceError `LAST_OWNER` when the target is the only owner that is left. */
export function keepAnOwner({ target, owners }: LockedPeople): void {
  if (target?.role === 'owner' && owners === 1) throw new RingfenceError('LAST_OWNER');
}

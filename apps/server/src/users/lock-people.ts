import type { Actor } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { mayGrant, scopedPermissions } from 'ringfence/permissions';
import type { TenantPrisma } from '../database/index.js';
import { KEY_SCOPES, PERMISSIONS, type Permission, type Role } from '../permissions.js';

/** A transaction of the {@link TenantPrisma}, as far as users need it. */
export type UserTransaction = Pick<TenantPrisma, 'user' | '$queryRaw'>;

/** Somebody as they are now, whatever their token says. */
export interface LockedPerson {
  readonly id: string;
  readonly role: Role;
  readonly customRoleId: string | null;
  readonly emailVerified: boolean;
  readonly permissions: readonly Permission[];
}

/** The people that a change depends on, locked until the transaction ends. */
export interface LockedPeople {
  /** Who acts; for a key whoever made it. Nobody for the platform itself. */
  readonly actor: LockedPerson | undefined;
  /** Does a person act, and not a key of theirs? */
  readonly inPerson: boolean;
  /** What the actor may do: of a key no more than its scopes. */
  readonly held: readonly Permission[];
  readonly target: LockedPerson | undefined;
  /** The permissions of the custom roles that they have and that was asked for, by id. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
  readonly owners: number;
}

/** A custom role that a change depends on: given to somebody, or changed itself. */
export interface WantedRole {
  readonly id: string;
  readonly changes: boolean;
}

interface PersonRow {
  readonly id: string;
  readonly role: Role;
  readonly customRoleId: string | null;
  readonly emailVerified: boolean;
}
interface RoleRow {
  readonly id: string;
  readonly permissions: string[];
}

/**
 * Locks the actor, the target and every owner of the tenant, and the custom roles that say what they
 * may do: two owners who remove each other at the same moment wait for one another, and nobody grants
 * with a right that is being taken from them.
 *
 * The order of locks is the same everywhere: people by id, roles by id, the key that acts; after that
 * sessions. NO KEY UPDATE for people, because rows that merely refer to them (a log-in, say) need not
 * wait; SHARE for roles, unless this changes one.
 */
export async function lockPeople(
  tx: UserTransaction,
  actor: Actor,
  targetId?: string,
  wanted?: WantedRole,
): Promise<LockedPeople> {
  const actorId = await personBehind(tx, actor);
  const people = await tx.$queryRaw<PersonRow[]>`
    SELECT id, role::text AS role, custom_role_id AS "customRoleId",
      email_verified_at IS NOT NULL AS "emailVerified" FROM public.users
    WHERE role = 'owner' OR id IN (${actorId}::uuid, ${targetId ?? null}::uuid)
    ORDER BY id FOR NO KEY UPDATE`;
  const find = (id: string | null | undefined) => people.find((person) => person.id === id);
  const [acting, target] = [find(actorId), find(targetId)];
  const roles = await lockRoles(tx, [acting?.customRoleId, target?.customRoleId], wanted);
  const locked = (person: PersonRow | undefined) => person && withPermissions(person, roles);
  const behind = locked(acting);
  return {
    actor: behind,
    inPerson: actor.kind === 'user',
    held: await heldBy(tx, actor, behind),
    target: locked(target),
    roles,
    owners: people.filter((person) => person.role === 'owner').length,
  };
}

/** A key acts for whoever made it; which person that is never changes. */
async function personBehind(tx: UserTransaction, actor: Actor): Promise<string | null> {
  if (actor.kind === 'user') return actor.id;
  if (actor.kind !== 'api-key') return null;
  const [key] = await tx.$queryRaw<{ createdBy: string }[]>`
    SELECT created_by AS "createdBy" FROM public.api_keys WHERE id = ${actor.id}::uuid`;
  return key?.createdBy ?? null;
}

async function lockRoles(
  tx: UserTransaction,
  held: readonly (string | null | undefined)[],
  wanted: WantedRole | undefined,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = [...held, wanted?.id].filter((id) => typeof id === 'string');
  if (ids.length === 0) return new Map();
  // One statement takes each lock in the strength that it will need: none is strengthened later.
  const rows = wanted?.changes
    ? await tx.$queryRaw<RoleRow[]>`
        SELECT id, permissions FROM public.custom_roles
        WHERE id = ANY (${ids}::uuid[]) ORDER BY id FOR UPDATE`
    : await tx.$queryRaw<RoleRow[]>`
        SELECT id, permissions FROM public.custom_roles
        WHERE id = ANY (${ids}::uuid[]) ORDER BY id FOR SHARE`;
  return new Map(rows.map(({ id, permissions }) => [id, permissions]));
}

function withPermissions(
  person: PersonRow,
  roles: ReadonlyMap<string, readonly string[]>,
): LockedPerson {
  const custom = person.customRoleId === null ? undefined : (roles.get(person.customRoleId) ?? []);
  return { ...person, permissions: PERMISSIONS.effective(person.role, custom) };
}

async function heldBy(
  tx: UserTransaction,
  actor: Actor,
  person: LockedPerson | undefined,
): Promise<readonly Permission[]> {
  if (!person || actor.kind !== 'api-key') return person?.permissions ?? [];
  const [key] = await tx.$queryRaw<{ permissions: string[] }[]>`
    SELECT permissions FROM public.api_keys
    WHERE id = ${actor.id}::uuid AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > now()) FOR SHARE`;
  const scopes = scopedPermissions(key?.permissions ?? [], KEY_SCOPES);
  return scopedPermissions(scopes, person.permissions);
}

/**
 * Refuses a change of users that the actor may not make at present. Nobody touches somebody who may do
 * more than they: to change their address is to become them. Only an owner, in person, may create,
 * change or remove an owner: `roles` are the roles that the change touches, before and after.
 *
 * @throws RingfenceError `PERMISSION_DENIED`.
 */
export function requirePresentRole(
  people: LockedPeople,
  permission: Permission,
  roles: readonly (Role | undefined)[],
): void {
  const { actor, inPerson, held, target } = people;
  const touchesOwner = roles.includes('owner') && !(inPerson && actor?.role === 'owner');
  if (!held.includes(permission) || touchesOwner) throw new RingfenceError('PERMISSION_DENIED');
  // Oneself is never above oneself; but a key is not its maker, and could take their place.
  if (!target) return;
  if (target.id !== actor?.id) requireHeld(people, target.permissions);
  else if (!inPerson) throw new RingfenceError('PERMISSION_DENIED');
}

/**
 * Refuses what mails other people in the tenant's name, or lets them be mailed, to whoever has not shown
 * that their own address is theirs. Of a key, its maker's address counts.
 *
 * @throws RingfenceError `EMAIL_UNVERIFIED`.
 */
export function requireVerifiedActor({ actor }: LockedPeople): void {
  if (!actor?.emailVerified) throw new RingfenceError('EMAIL_UNVERIFIED');
}

/** The custom role that a grant names, for {@link lockPeople}. */
export function wantedRole(id: string | null | undefined): WantedRole | undefined {
  return typeof id === 'string' ? { id, changes: false } : undefined;
}

/** What somebody gets: a role, and perhaps one of the tenant's own in its place. */
export interface Grant {
  readonly role: Role;
  readonly customRoleId?: string | null | undefined;
}

/**
 * Refuses to give somebody what the actor does not hold. Of a role with a custom role in its place both
 * count: who loses the one falls back on the other.
 *
 * @param people locked with the custom role of the grant as `wanted`.
 * @throws RingfenceError `PERMISSION_DENIED`, `REFERENCE_NOT_FOUND` for a custom role that is not there,
 *   `VALIDATION_FAILED` for an owner with one.
 */
export function requireGrantable(people: LockedPeople, { role, customRoleId }: Grant): void {
  if (typeof customRoleId === 'string') {
    const at = (message: string) => ({ errors: [{ pointer: '/customRoleId', message }] });
    if (role === 'owner') {
      throw new RingfenceError('VALIDATION_FAILED', at('An owner holds everything.'));
    }
    const custom = people.roles.get(customRoleId);
    if (!custom) {
      throw new RingfenceError('REFERENCE_NOT_FOUND', at('There is no such role.'));
    }
    requireHeld(people, custom);
  }
  requireHeld(people, PERMISSIONS.effective(role));
}

/** @throws RingfenceError `PERMISSION_DENIED` when the actor does not hold all of these. */
export function requireHeld({ held }: LockedPeople, wanted: readonly string[]): void {
  const given = scopedPermissions(wanted, PERMISSIONS.grantable);
  if (!mayGrant(held, given)) throw new RingfenceError('PERMISSION_DENIED');
}

/** @throws RingfenceError `LAST_OWNER` when the target is the only owner that is left. */
export function keepAnOwner({ target, owners }: LockedPeople): void {
  if (target?.role === 'owner' && owners === 1) throw new RingfenceError('LAST_OWNER');
}

import { type Actor, permissionsOf } from 'ringfence/context';
import { definePermissions } from 'ringfence/permissions';

/** What a person may be in a tenant. The database holds the same four (type `user_role`). */
export type Role = 'owner' | 'admin' | 'member' | 'viewer';

/**
 * What can be done with each kind of thing. `self` is whoever asks, with what is their own: sessions,
 * password, second factor; the sessions of others are `session`, their second factors `second-factor`.
 */
const ACTIONS = {
  self: ['read', 'update'],
  organization: ['read', 'create', 'update', 'delete'],
  user: ['read', 'create', 'update', 'delete'],
  project: ['read', 'create', 'update', 'delete'],
  document: ['read', 'create', 'update', 'delete'],
  session: ['delete'],
  invitation: ['read', 'create', 'delete'],
  role: ['read', 'create', 'update', 'delete'],
  'second-factor': ['delete'],
  'api-key': ['read', 'create', 'delete'],
  'audit-log': ['read'],
  alert: ['read', 'update'],
  domain: ['read', 'create', 'update', 'delete'],
  quota: ['read'],
} as const;

type Actions = typeof ACTIONS;
type Resource = keyof Actions;

/** The right to do one thing with one kind of thing, for example `project.create`. */
export type Permission = { [R in Resource]: `${R}.${Actions[R][number]}` }[Resource];

const all = (...resources: readonly Resource[]): Permission[] =>
  resources.flatMap((resource) =>
    ACTIONS[resource].map((action) => `${resource}.${action}` as Permission),
  );
const reading = (...resources: readonly Resource[]): Permission[] =>
  all(...resources).filter((permission) => permission.endsWith('.read'));

const EVERYTHING = all(...(Object.keys(ACTIONS) as Resource[]));
const VIEWER = [...all('self'), ...reading('organization', 'user', 'project', 'document')];
const MEMBER = union(VIEWER, all('project', 'document'));
const ADMIN = union(
  MEMBER,
  all(
    'organization',
    'user',
    'session',
    'second-factor',
    'invitation',
    'role',
    'api-key',
    'audit-log',
    'alert',
    'domain',
    'quota',
  ),
);

/**
 * Who may do what. That only an owner may touch an owner is a rule about rows, and stands in
 * users/lock-people.ts.
 */
export const PERMISSIONS = definePermissions<Permission, Role>({
  names: EVERYTHING,
  roles: { owner: EVERYTHING, admin: ADMIN, member: MEMBER, viewer: VIEWER },
  fixed: ['owner'],
  everybody: all('self'),
});

/**
 * What a key may be made for. A key makes no keys: whoever steals one could otherwise outlive its end.
 */
export const KEY_SCOPES: readonly Permission[] = PERMISSIONS.grantable.filter(
  (permission) => permission !== 'api-key.create',
);

/** With one of these somebody can give rights, or keep them beyond their own time. */
const CHANGING_RIGHTS: readonly Permission[] = ['user.update', 'role.create', 'api-key.create'];

/** Is this somebody whose account is worth more than what they read with it? */
export function mayChangeRights(actor: Actor): boolean {
  const held = permissionsOf(actor) ?? [];
  return CHANGING_RIGHTS.some((permission) => held.includes(permission));
}

function union(...sets: readonly (readonly Permission[])[]): Permission[] {
  return [...new Set(sets.flat())];
}

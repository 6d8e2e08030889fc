/** What a person may be in a tenant. The database holds the same four (type `user_role`). */
export type Role = 'owner' | 'admin' | 'member' | 'viewer';

const RESOURCES = ['organization', 'user', 'project', 'document'] as const;
const ACTIONS = ['read', 'create', 'update', 'delete'] as const;

type Resource = (typeof RESOURCES)[number];
type Action = (typeof ACTIONS)[number];

/** What everybody may with what is their own: sessions, password, second factor. */
const SELF = ['self.read', 'self.update'] as const;

/** What is done to the accounts of others. */
const ACCOUNTS = ['session.delete'] as const;

/** The right to do one thing with one kind of resource, for example `project.create`. */
export type Permission =
  | `${Resource}.${Action}`
  | (typeof SELF)[number]
  | (typeof ACCOUNTS)[number];

const all = (resource: Resource): Permission[] =>
  ACTIONS.map((action): Permission => `${resource}.${action}`);

/** Every permission there is. */
export const PERMISSIONS: readonly Permission[] = [...SELF, ...RESOURCES.flatMap(all), ...ACCOUNTS];

const VIEWER = [...SELF, ...RESOURCES.map((resource): Permission => `${resource}.read`)] as const;
const MEMBER = [...new Set([...VIEWER, ...all('project'), ...all('document')])];
const ADMIN = [...new Set([...MEMBER, ...all('organization'), ...all('user'), ...ACCOUNTS])];

/**
 * Who may do what. An owner and an admin hold the same permissions; that only an owner may touch an
 * owner is a rule about rows, and stands in users/lock-people.ts.
 */
export const ROLES: Readonly<Record<Role, readonly Permission[]>> = {
  owner: PERMISSIONS,
  admin: ADMIN,
  member: MEMBER,
  viewer: VIEWER,
};

/** What a person may be in a tenant. The database holds the same four (type `user_role`). */
export type Role = 'owner' | 'admin' | 'member' | 'viewer';

const RESOURCES = ['organization', 'user', 'project', 'document'] as const;
const ACTIONS = ['read', 'create', 'update', 'delete'] as const;

type Resource = (typeof RESOURCES)[number];
type Action = (typeof ACTIONS)[number];

/** What everybody may: ask who they are. */
const SELF = 'self.read';

/** The right to do one thing with one kind of resource, for example `project.create`. */
export type Permission = `${Resource}.${Action}` | typeof SELF;

const all = (resource: Resource): Permission[] =>
  ACTIONS.map((action): Permission => `${resource}.${action}`);

/** Every permission there is. */
export const PERMISSIONS: readonly Permission[] = [SELF, ...RESOURCES.flatMap(all)];

const VIEWER = [SELF, ...RESOURCES.map((resource): Permission => `${resource}.read`)] as const;
const MEMBER = [...new Set([...VIEWER, ...all('project'), ...all('document')])];
const ADMIN = [...new Set([...MEMBER, ...all('organization'), ...all('user')])];

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

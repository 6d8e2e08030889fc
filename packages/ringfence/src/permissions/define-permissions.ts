import { RingfenceError } from '../errors/index.js';

/** What {@link definePermissions} is told. */
export interface PermissionDefinition<Name extends string, Role extends string> {
  /** Every permission there is, for example `project.create`. */
  readonly names: readonly Name[];
  /** The built-in roles and what each may do. */
  readonly roles: Readonly<Record<Role, readonly Name[]>>;
  /**
   * What every person holds whatever their role: their own account. A custom role need not name it, and
   * a key, which is no person, never has it.
   */
  readonly everybody?: readonly NoInfer<Name>[];
  /** Roles that no custom role takes the place of: whoever owns the tenant cannot be made less. */
  readonly fixed?: readonly NoInfer<Role>[];
}

/** The permissions of an application, and what follows from them. */
export interface Permissions<Name extends string, Role extends string> {
  readonly names: readonly Name[];
  readonly roles: Readonly<Record<Role, readonly Name[]>>;
  /** What can be given and taken: everything but what everybody holds. */
  readonly grantable: readonly Name[];
  /** Is there a permission of this name? */
  isName(name: string): name is Name;
  /**
   * What a person may do now. A custom role takes the place of the built-in one, except of a fixed one.
   * Names that are no longer known count for nothing, and neither does a role that is not listed.
   *
   * @param customRole the permissions of the custom role, where there is one
   */
  effective(role: string, customRole?: readonly string[] | null): readonly Name[];
}

/**
 * Describes who may do what in an application: the names of its permissions and its built-in roles.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` for a name that stands there twice, or a role that
 *   holds a permission which does not exist.
 * @example
 * const permissions = definePermissions({
 *   names: ['note.read', 'note.create'],
 *   roles: { member: ['note.read', 'note.create'], viewer: ['note.read'] },
 * });
 * permissions.effective('viewer'); // ['note.read']
 * permissions.effective('viewer', ['note.create']); // ['note.create']
 */
export function definePermissions<const Name extends string, Role extends string>(
  definition: PermissionDefinition<Name, Role>,
): Permissions<Name, Role> {
  const { names, roles, fixed = [], everybody = [] } = definition;
  const known: ReadonlySet<string> = new Set(names);
  if (known.size !== names.length) throw wrong('A permission is named twice.');
  // Maps, so that a role named `constructor` is a role that nobody has.
  const held = new Map<string, readonly Name[]>(Object.entries<readonly Name[]>(roles));
  for (const [role, of] of held) {
    if (!of.every((name) => known.has(name))) {
      throw wrong(`The role ${role} holds a permission that does not exist.`);
    }
  }
  const isName = (name: string): name is Name => known.has(name);
  return {
    names,
    roles,
    grantable: names.filter((name) => !everybody.includes(name)),
    isName,
    effective(role, customRole) {
      const builtIn = held.get(role);
      if (!builtIn) return [];
      if (!customRole || (fixed as readonly string[]).includes(role)) {
        return [...new Set([...everybody, ...builtIn])];
      }
      return [...new Set([...everybody, ...customRole.filter(isName)])];
    },
  };
}

function wrong(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}

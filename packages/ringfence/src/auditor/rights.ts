import type { Catalog, Grant, Membership, Role } from './catalog.js';

/** Stands for the application where none is known: it may read and write every table. */
export const ANYBODY = '(any application role)';

/**
 * Who may do what, resolved through memberships.
 *
 * A *persona* of a role is a role that a session of it can act as: itself, and whatever it can SET
 * ROLE to. Each persona holds the privileges of every role that it inherits from.
 *
 * @see PostgreSQL manual, 22.3 "Role Membership"; GRANT, "GRANT on Roles"
 */
export class Rights {
  readonly #roles: ReadonlyMap<string, Role>;
  readonly #edges: ReadonlyMap<string, readonly Membership[]>;
  readonly #inherited = new Map<string, ReadonlySet<string>>();
  readonly #personas = new Map<string, readonly string[]>();

  constructor(catalog: Pick<Catalog, 'roles' | 'memberships'>) {
    this.#roles = new Map(catalog.roles.map((role) => [role.name, role]));
    this.#edges = groupByMember(catalog.memberships);
  }

  role(name: string): Role | undefined {
    return this.#roles.get(name);
  }

  /** Roles whose privileges `persona` holds without doing anything; itself included. */
  inherits(persona: string): ReadonlySet<string> {
    return cached(this.#inherited, persona, () => this.#walk(persona, (edge) => edge.inherit));
  }

  /** What a session of `role` can act as. ADMIN counts: it is enough to change the other options. */
  personas(role: string): readonly string[] {
    return cached(this.#personas, role, () => [
      ...this.#walk(role, (edge) => edge.set || edge.admin),
    ]);
  }

  /** Everything that `role` is a member of in any way. */
  memberOf(role: string): ReadonlySet<string> {
    return this.#walk(role, () => true);
  }

  /** Row-level security never applies to it. */
  bypasses(persona: string): boolean {
    const role = this.#roles.get(persona);
    return role !== undefined && (role.superuser || role.bypassrls);
  }

  owns(persona: string, owner: string): boolean {
    return this.inherits(persona).has(owner) || this.#roles.get(persona)?.superuser === true;
  }

  /** The privileges of one persona under an ACL. An owner has all: it can grant itself the rest. */
  privileges(persona: string, object: { owner: string; acl: readonly Grant[] }): Set<string> {
    const held = this.inherits(persona);
    const owned = this.owns(persona, object.owner);
    return new Set(
      object.acl
        .filter(
          ({ grantee }) =>
            grantee === '' || held.has(grantee) || (owned && grantee === object.owner),
        )
        .map(({ privilege }) => privilege),
    );
  }

  #walk(from: string, through: (edge: Membership) => boolean): ReadonlySet<string> {
    const seen = new Set([from]);
    for (const role of seen) {
      for (const edge of this.#edges.get(role) ?? []) if (through(edge)) seen.add(edge.role);
    }
    return seen;
  }
}

function cached<V>(cache: Map<string, V>, key: string, make: () => V): V {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}

function groupByMember(memberships: readonly Membership[]): Map<string, Membership[]> {
  const groups = new Map<string, Membership[]>();
  for (const edge of memberships)
    groups.set(edge.member, [...(groups.get(edge.member) ?? []), edge]);
  return groups;
}

import type { Catalog } from './catalog.js';
import type { Rights } from './rights.js';

/**
 * Login roles that look like an application: they may use tables and are no administrators.
 *
 * A login that owns tables, or may become their owner, is taken for the one that migrates as soon as
 * another login uses the tables; when it is the only one, it is the application, and that is a hole.
 */
export function findAppRoles(catalog: Catalog, rights: Rights): string[] {
  const owners = new Set(
    catalog.relations.filter(({ extension }) => !extension).map(({ owner }) => owner),
  );
  const granted = new Set(
    catalog.relations
      .filter(({ kind }) => kind !== 'S')
      .flatMap(({ acl, owner }) =>
        acl.filter(({ grantee }) => grantee !== owner).map(({ grantee }) => grantee),
      )
      .concat(catalog.columns.flatMap(({ acl }) => acl.map(({ grantee }) => grantee))),
  );
  const logins = catalog.roles.filter(
    ({ login, superuser, bypassrls, createrole, createdb, replication }) =>
      login && !superuser && !bypassrls && !createrole && !createdb && !replication,
  );
  const users = logins.filter(({ name }) =>
    rights
      .personas(name)
      .some(
        (each) => granted.has(each) || [...rights.inherits(each)].some((role) => granted.has(role)),
      ),
  );
  const owning = (name: string): boolean =>
    [...rights.memberOf(name)].some((role) => owners.has(role));
  const plain = users.filter(({ name }) => !owning(name));
  const found =
    plain.length > 0
      ? plain
      : logins.filter(({ name }) => owning(name) || users.some((user) => user.name === name));
  return found.map(({ name }) => name);
}

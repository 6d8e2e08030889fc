import type { Catalog, Role } from './catalog.js';
import type { Rights } from './rights.js';

/** Words in the name of a login that an application uses… */
const APPLICATION =
  /^(app|apps|application|api|web|www|backend|frontend|server|service|svc|worker|client|rest|graphql|rails|django|nest|prisma|authenticator)\d*$/;
/** …and of one that people and tools use, whatever else its name says. */
const OPERATIONS =
  /^(owner|admin|administrator|root|dba|superuser|migrator|migrate|migrations?|deploy|deployer|ddl|schema|backup|dump|restore|replicator|replication|cdc|debezium|monitor|monitoring|metrics|exporter|maintenance|ops|operator|support)\d*$/;

/**
 * Login roles that look like an application: they may use tables or functions and are no administrators.
 *
 * A login that owns tables, or may become their owner, is taken for the one that migrates as soon as
 * another login uses the tables; when it is the only one, it is the application, and that is a hole. An
 * administrator is one all the same when its name says that it is an application's. Where no login uses
 * anything, the groups that were granted something stand for the logins to come.
 */
export function findAppRoles(catalog: Catalog, rights: Rights): string[] {
  const logins = catalog.roles.filter(({ login, name }) => login && !name.startsWith('pg_'));
  const granted = grantedTo(catalog);
  const present = presentIn(catalog);
  const owners = new Set(
    catalog.relations.filter(({ extension }) => !extension).map(({ owner }) => owner),
  );
  const owning = ({ name }: Role): boolean =>
    [...rights.memberOf(name)].some((role) => owners.has(role));
  const using = ({ name }: Role): boolean =>
    rights
      .personas(name)
      .some((each) => [...rights.inherits(each)].some((role) => granted.has(role)));
  const plain = logins.filter((role) => !isAdministrator(role) && using(role) && !owning(role));
  const named = logins.filter(
    (role) =>
      isNamedApplication(role.name) &&
      (owning(role) || isPowerful(role, catalog, rights)) &&
      [...rights.memberOf(role.name)].some((each) => present.has(each)),
  );
  const found = new Set([...plain, ...named]);
  if (found.size > 0) return logins.flatMap((role) => (found.has(role) ? [role.name] : []));
  const fallbacks = [
    () => logins.filter((role) => !rights.bypasses(role.name) && (owning(role) || using(role))),
    () =>
      catalog.roles.filter(
        (role) => !role.login && granted.has(role.name) && !owning(role) && !isAdministrator(role),
      ),
  ];
  for (const fallback of fallbacks) {
    const roles = fallback();
    if (roles.length > 0) return roles.map(({ name }) => name);
  }
  return [];
}

/** Whoever was given something of a table, view or function by its owner. PUBLIC is nobody here. */
function grantedTo(catalog: Catalog): Set<string> {
  const ours = ({ extension }: { extension: boolean }): boolean => !extension;
  return new Set([
    ...catalog.relations
      .filter((each) => each.kind !== 'S' && ours(each))
      .flatMap(({ acl, owner }) => acl.filter(({ grantee }) => grantee !== owner))
      .map(({ grantee }) => grantee),
    ...catalog.columns.flatMap(({ acl }) => acl.map(({ grantee }) => grantee)),
    ...catalog.functions
      .filter(ours)
      .flatMap(({ acl, owner }) => acl.filter(({ grantee }) => grantee !== owner))
      .map(({ grantee }) => grantee),
  ]);
}

function isAdministrator(role: Role): boolean {
  const { superuser, bypassrls, createrole, createdb, replication } = role;
  return superuser || bypassrls || createrole || createdb || replication;
}

function isNamedApplication(name: string): boolean {
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/);
  return (
    words.some((word) => APPLICATION.test(word)) && !words.some((word) => OPERATIONS.test(word))
  );
}

/** Does it hold more than tables: an attribute, a predefined role, a function of the server? */
function isPowerful({ name }: Role, catalog: Catalog, rights: Rights): boolean {
  const held = [...rights.memberOf(name)];
  const strong = held.some((each) => {
    const role = rights.role(each);
    return each.startsWith('pg_') || (role !== undefined && isAdministrator(role));
  });
  return (
    strong ||
    catalog.functions.some(
      ({ schema, acl }) =>
        schema === 'pg_catalog' && acl.some(({ grantee }) => held.includes(grantee)),
    )
  );
}

/** Whoever is named in this database: roles belong to the server, and may be another database's. */
function presentIn(catalog: Catalog): Set<string> {
  const { schemas, relations, columns, functions, database } = catalog;
  const acls = [...schemas, ...relations, ...columns, ...functions, database].map(({ acl }) => acl);
  const owned = [...schemas, ...relations, ...functions].filter(
    (each) => !('extension' in each && each.extension),
  );
  const names = [
    ...acls.flatMap((acl) => acl.map(({ grantee }) => grantee)),
    ...owned.map(({ owner }) => owner),
  ];
  // The predefined roles are in every database.
  return new Set(names.filter((name) => !name.startsWith('pg_')));
}

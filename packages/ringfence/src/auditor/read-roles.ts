import type { Membership, Role } from './catalog.js';
import type { CatalogReader } from './catalog-reader.js';

/** Roles and memberships: `pg_roles` and `pg_auth_members` are open to everybody. */
export async function readRoles(reader: CatalogReader) {
  const options =
    reader.version >= 160000
      ? 'm.inherit_option AS inherit, m.set_option AS set'
      : 'u.rolinherit AS inherit, true AS set';
  return {
    roles: await reader.rows<Role>(
      'roles',
      `SELECT rolname::text AS name, rolcanlogin AS login, rolsuper AS superuser,
        rolbypassrls AS bypassrls, rolcreaterole AS createrole, rolcreatedb AS createdb,
        rolreplication AS replication
      FROM pg_catalog.pg_roles ORDER BY 1`,
    ),
    memberships: await reader.rows<Membership>(
      'memberships',
      `SELECT r.rolname::text AS role, u.rolname::text AS member,
        pg_catalog.bool_or(m.admin_option) AS admin,
        pg_catalog.bool_or(m.inherit) AS inherit, pg_catalog.bool_or(m.set) AS set
      FROM (SELECT m.roleid, m.member, m.admin_option, ${options}
        FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles u ON u.oid = m.member) AS m
      JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
      JOIN pg_catalog.pg_roles u ON u.oid = m.member
      GROUP BY 1, 2 ORDER BY 1, 2`,
    ),
  };
}

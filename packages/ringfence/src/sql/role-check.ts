import { quoteLiteral } from './identifier.js';
import { POLICY_NAMES } from './tenant-policy.js';

/** Memberships that let a role step around row-level security or read what the machinery hides. */
const DANGEROUS_MEMBERSHIPS = [
  'pg_execute_server_program',
  'pg_write_server_files',
  'pg_read_server_files',
  'pg_read_all_data',
  'pg_write_all_data',
] as const;

/**
 * Every role that the connected login is or may become, with what makes it dangerous. MEMBER counts a
 * membership whatever its SET and INHERIT options say: the ADMIN option alone is enough to change them.
 *
 * @see PostgreSQL manual, 22.3 "Role Membership"; 9.27 "System Information Functions", pg_has_role
 */
export const REACHABLE_ROLES_QUERY = `SELECT r.rolname AS role, r.rolname = session_user AS self,
  r.rolsuper AS superuser, r.rolbypassrls AS bypassrls, r.rolcreaterole AS createrole,
  r.rolreplication AS replication,
  r.rolname = ANY (ARRAY[${DANGEROUS_MEMBERSHIPS.map(quoteLiteral).join(', ')}]) AS server_access,
  EXISTS (SELECT FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')) AS owns_tenant_table,
  EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = 'ringfence' AND n.nspowner = r.oid)
    OR EXISTS (SELECT FROM pg_catalog.pg_database d
      WHERE d.datname = pg_catalog.current_database() AND d.datdba = r.oid) AS owns_container
FROM pg_catalog.pg_roles r
WHERE pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')
ORDER BY self DESC, role`;

/** What the connected login may do in this database that an application must not. */
export const DATABASE_RIGHTS_QUERY = `SELECT
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY') AS temporary,
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS create_schema,
  (SELECT pg_catalog.array_agg(n.nspname::text) FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')) AS create_in`;

/** How the policies of the generator read back from the catalog. */
const CANONICAL_RULE = '(tenant_id = ( SELECT ringfence.current_tenant_id() AS current_tenant_id))';

/**
 * Every tenant table (a table with a tenant_id column) and how it is protected. `guarded` means that
 * the canonical restrictive policy stands there unchanged.
 */
export const TENANT_TABLES_QUERY = `SELECT n.nspname || '.' || c.relname AS name,
  c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
  EXISTS (SELECT FROM pg_catalog.pg_policy p
    WHERE p.polrelid = c.oid AND p.polname = ${quoteLiteral(POLICY_NAMES.guard)}
      AND NOT p.polpermissive AND p.polcmd = '*' AND p.polroles = ARRAY[0::oid]
      AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) = ${quoteLiteral(CANONICAL_RULE)}
      AND pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) = ${quoteLiteral(CANONICAL_RULE)}
  ) AS guarded
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1`;

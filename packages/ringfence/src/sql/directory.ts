import { quoteIdentifier } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** Looks one tenant up by slug, host or id; `$1` is the name. The one call allowed without a context. */
export const FIND_TENANT_STATEMENT = 'SELECT id, slug, state FROM ringfence.find_tenant($1::text)';

/** A UUID in lower case, as an SQL literal. */
export const UUID_PATTERN = "'^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'";

/**
 * The tenant directory and its one narrow door. The directory is no tenant table: the application has
 * no right on it and asks `find_tenant`, which answers one row for an exact name and cannot list.
 *
 * @see PostgreSQL manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely"
 */
export function directorySql(roles: RoleNames = roleNames()): string {
  const app = quoteIdentifier(roles.app);
  const operator = quoteIdentifier(roles.operator);
  return `CREATE TABLE ringfence.tenants (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  slug text NOT NULL UNIQUE,
  host text UNIQUE,
  name text NOT NULL,
  state text NOT NULL DEFAULT 'active',
  -- Made by the demo; a production start refuses a database that holds one.
  demo boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  -- A slug is a DNS label (RFC 1035, 2.3.1), so that it can be a subdomain.
  CONSTRAINT tenants_slug_is_dns_label CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- Tenants are found by id as well: no slug may look like the id of another tenant.
  CONSTRAINT tenants_slug_is_no_id CHECK (slug !~ ${UUID_PATTERN}),
  CONSTRAINT tenants_host_is_lower_case CHECK (host = lower(host) AND host LIKE '%.%'),
  CONSTRAINT tenants_state_is_known CHECK (state IN ('active', 'suspended', 'deleting'))
);

COMMENT ON TABLE ringfence.tenants IS
  'The directory of tenants: for the platform only, never for the application.';

CREATE FUNCTION ringfence.find_tenant(tenant_name text)
  RETURNS TABLE (id uuid, slug text, state text)
  LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
  SET search_path = pg_catalog, pg_temp
AS $find$
  SELECT t.id, t.slug, t.state
  FROM ringfence.tenants AS t
  WHERE t.slug = lower(tenant_name) OR t.host = lower(tenant_name)
    OR t.id = CASE WHEN lower(tenant_name) ~ ${UUID_PATTERN} THEN tenant_name::uuid END
  -- A host holds a dot and a slug cannot, and no slug is a UUID: at most one row answers.
  LIMIT 1
$find$;

COMMENT ON FUNCTION ringfence.find_tenant(text) IS
  'Slug, host or id to slug, id and state: the one thing that may be asked before a tenant is known.';

REVOKE ALL ON FUNCTION ringfence.find_tenant(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.find_tenant(text) TO ${app}, ${operator};
GRANT SELECT, INSERT, UPDATE, DELETE ON ringfence.tenants TO ${operator};`;
}

import { quoteIdentifier } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** Puts the bound tenant into the directory; `$1` is its slug, `$2` its name. */
export const REGISTER_TENANT_STATEMENT = 'SELECT ringfence.register_tenant($1::text, $2::text)';

/** The name of the bound tenant, as people know it. */
export const TENANT_NAME_STATEMENT = 'SELECT ringfence.current_tenant_name() AS name';

/**
 * How an application makes a tenant without a right on the directory, and how a tenant reads its own
 * name there.
 *
 * The id of the new tenant is not an argument: it is the one that the transaction is bound to. Only the
 * process can prove a context for an id that nobody has, so SQL that is injected into tenant A's
 * request can do nothing with the function: it is bound to A, and A is there already. For the same
 * reason the first owner's row goes in with the same transaction, and nothing is ever half made.
 *
 * That A is there already is said before the slug is looked at, or the answer would tell A which slugs
 * are taken.
 *
 * @see PostgreSQL manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely"
 */
export function registrationSql(roles: RoleNames = roleNames()): string {
  const app = quoteIdentifier(roles.app);
  return `CREATE FUNCTION ringfence.register_tenant(new_slug text, new_name text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $register$
BEGIN
  IF ringfence.current_tenant_id() IS NULL THEN
    RAISE EXCEPTION 'no tenant is bound that could be registered' USING ERRCODE = 'RF002';
  END IF;
  IF EXISTS (SELECT FROM ringfence.tenants AS t WHERE t.id = ringfence.current_tenant_id()) THEN
    RAISE EXCEPTION 'the bound tenant is registered already' USING ERRCODE = 'RF004';
  END IF;
  INSERT INTO ringfence.tenants (id, slug, name)
    VALUES (ringfence.current_tenant_id(), new_slug, new_name);
END
$register$;

COMMENT ON FUNCTION ringfence.register_tenant(text, text) IS
  'Puts the tenant that this transaction is bound to into the directory: active, with nothing in it.';

CREATE FUNCTION ringfence.current_tenant_name() RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $name$
  SELECT t.name FROM ringfence.tenants AS t WHERE t.id = ringfence.current_tenant_id()
$name$;

COMMENT ON FUNCTION ringfence.current_tenant_name() IS
  'The name of the tenant that this transaction is bound to; NULL when it is bound to none.';

REVOKE ALL ON FUNCTION ringfence.register_tenant(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.current_tenant_name() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.register_tenant(text, text) TO ${app};
GRANT EXECUTE ON FUNCTION ringfence.current_tenant_name() TO ${app};`;
}

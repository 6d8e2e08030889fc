import { quoteIdentifier, quoteLiteral } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** The schema that holds the machinery. */
export const MACHINERY_SCHEMA = 'ringfence';

/** The setting that carries the tenant id, for one transaction only. */
export const TENANT_SETTING = 'app.current_tenant_id';

/** Calls the only binder; `$1` is the tenant id. */
export const BIND_STATEMENT = 'SELECT ringfence.bind($1::uuid)';

/** Reads the bound tenant; `(SELECT …)` makes it run once per statement, not once per row. */
export const CURRENT_TENANT = '(SELECT ringfence.current_tenant_id())';

/**
 * The functions that bind a transaction to a tenant and read the binding back.
 *
 * `current_tenant_id()` fails closed: unset and empty (what a transaction-local setting leaves behind
 * on a reused connection) both read as NULL, and NULL equals no row's tenant. STABLE, because a
 * VOLATILE function runs per row and an IMMUTABLE one would be baked into cached plans; PARALLEL SAFE,
 * or no query on a protected table could use a parallel plan.
 *
 * `bind()` refuses a second tenant in one transaction: what the first one left behind there
 * (cursors, deferred constraints, plans) must not meet another tenant.
 *
 * @see PostgreSQL manual, 38.7 "Function Volatility Categories"; 9.28.1 "set_config"
 */
export function binderSql(roles: RoleNames = roleNames()): string {
  const setting = quoteLiteral(TENANT_SETTING);
  return `CREATE FUNCTION ringfence.current_tenant_id() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(pg_catalog.current_setting(${setting}, true), '')::uuid;

COMMENT ON FUNCTION ringfence.current_tenant_id() IS
  'The tenant this transaction is bound to; NULL (and so no rows at all) when it is bound to none.';

CREATE FUNCTION ringfence.bind(tenant_id uuid) RETURNS void
  LANGUAGE plpgsql VOLATILE
  SET search_path = pg_catalog, pg_temp
AS $bind$
DECLARE
  bound uuid := ringfence.current_tenant_id();
BEGIN
  IF tenant_id IS NULL THEN
    RAISE EXCEPTION 'a transaction cannot be bound to no tenant' USING ERRCODE = 'RF002';
  END IF;
  IF bound IS NOT NULL AND bound <> tenant_id THEN
    RAISE EXCEPTION 'this transaction is bound to another tenant' USING ERRCODE = 'RF001';
  END IF;
  PERFORM pg_catalog.set_config(${setting}, tenant_id::text, true);
END
$bind$;

COMMENT ON FUNCTION ringfence.bind(uuid) IS
  'The only binder: ties the current transaction to one tenant.';

REVOKE ALL ON FUNCTION ringfence.current_tenant_id() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.bind(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.current_tenant_id(), ringfence.bind(uuid)
  TO ${quoteIdentifier(roles.app)}, ${quoteIdentifier(roles.operator)};`;
}

import { type ContextTrust, contextKeysSql } from './context-keys.js';
import { quoteIdentifier, quoteLiteral } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** The schema that holds the machinery. */
export const MACHINERY_SCHEMA = 'ringfence';

/** The setting that carries the tenant id, for one transaction only. */
export const TENANT_SETTING = 'app.current_tenant_id';

/** The setting that carries the proof of the tenant id: `<kid>.<expiry>.<mac>`. */
export const PROOF_SETTING = 'app.current_tenant_proof';

/**
 * Calls the only binder; `$1` is the tenant id and `$2`, where proofs are used, the proof. A procedure,
 * because it is parsed anew with every flight: CALL needs neither planner nor executor, and no row
 * comes back.
 */
export const BIND_STATEMENT: Readonly<Record<ContextTrust, string>> = {
  proven: 'CALL ringfence.bind($1, $2)',
  unproven: 'CALL ringfence.bind($1)',
};

/** Reads the bound tenant; `(SELECT …)` makes it run once per statement, not once per row. */
export const CURRENT_TENANT = '(SELECT ringfence.current_tenant_id())';

/**
 * The functions that bind a transaction to a tenant and read the binding back.
 *
 * `current_tenant_id()` fails closed: unset and empty (what a transaction-local setting leaves behind
 * on a reused connection) both read as NULL, and NULL equals no row's tenant. A tenant id without a
 * good proof is an error. STABLE, because a VOLATILE function runs per row and an IMMUTABLE one would
 * be baked into cached plans; PARALLEL SAFE, or no query on a protected table could use a parallel plan.
 *
 * `bind()` refuses a second tenant in one transaction: what the first one left behind there
 * (cursors, deferred constraints, plans) must not meet another tenant.
 *
 * @see PostgreSQL manual, 38.7 "Function Volatility Categories"; 9.28.1 "set_config"
 */
export function binderSql(roles: RoleNames = roleNames(), trust: ContextTrust = 'proven'): string {
  const proven = trust === 'proven';
  const callers = [roles.app, roles.operator].map(quoteIdentifier).join(', ');
  const bind = proven ? 'ringfence.bind(uuid, text)' : 'ringfence.bind(uuid)';
  return `${proven ? `${contextKeysSql()}\n\n${VERIFYING_READER}` : BELIEVING_READER}

COMMENT ON FUNCTION ringfence.current_tenant_id() IS
  'The tenant this transaction is bound to; NULL (and so no rows at all) when it is bound to none.';

CREATE PROCEDURE ringfence.bind(tenant_id uuid${proven ? ', proof text' : ''})
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $bind$
DECLARE
  bound text := nullif(current_setting(${TENANT}, true), '');
BEGIN
  IF tenant_id IS NULL THEN
    RAISE EXCEPTION 'a transaction cannot be bound to no tenant' USING ERRCODE = 'RF002';
  END IF;
  IF bound <> tenant_id::text THEN
    RAISE EXCEPTION 'this transaction is bound to another tenant' USING ERRCODE = 'RF001';
  END IF;
  -- Assignments: PERFORM would start the executor.
  bound := set_config(${TENANT}, tenant_id::text, true);${
    proven
      ? `
  bound := set_config(${PROOF}, proof, true);`
      : ''
  }
END
$bind$;

COMMENT ON PROCEDURE ${bind} IS
  'The only binder: ties the current transaction to one tenant.';

REVOKE ALL ON FUNCTION ringfence.current_tenant_id() FROM PUBLIC;
REVOKE ALL ON PROCEDURE ${bind} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.current_tenant_id() TO ${callers};
GRANT EXECUTE ON PROCEDURE ${bind} TO ${callers};`;
}

const TENANT = quoteLiteral(TENANT_SETTING);
const PROOF = quoteLiteral(PROOF_SETTING);

const BELIEVING_READER = `CREATE FUNCTION ringfence.current_tenant_id() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(pg_catalog.current_setting(${TENANT}, true), '')::uuid;`;

/**
 * HMAC-SHA-256 over `<tenant>.<kid>.<expiry>`, made of the built-in sha256 and the pads of the key.
 * Expiry is compared with the start of the transaction, so that a long one does not lose its tenant
 * half-way. No EXCEPTION clause: it would open a subtransaction per call, which parallel plans refuse.
 */
const VERIFYING_READER = `CREATE FUNCTION ringfence.current_tenant_id() RETURNS uuid
  LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $read$
DECLARE
  tenant text := current_setting(${TENANT}, true);
  proof text := current_setting(${PROOF}, true);
  signer text := split_part(proof, '.', 1);
  expiry text := split_part(proof, '.', 2);
  inner_pad bytea;
  outer_pad bytea;
BEGIN
  IF tenant IS NULL OR tenant = '' THEN
    RETURN NULL;
  END IF;
  SELECT k.inner_pad, k.outer_pad INTO inner_pad, outer_pad
    FROM ringfence.context_keys AS k WHERE k.kid = signer;
  -- Not in the query: outside of it an expression costs half. Without a key everything here is NULL.
  IF (encode(sha256(outer_pad || sha256(inner_pad ||
      convert_to(tenant || '.' || signer || '.' || expiry, 'UTF8'))), 'hex')
      = split_part(proof, '.', 3)) IS NOT TRUE THEN
    RAISE EXCEPTION 'the tenant context of this transaction is not proven' USING ERRCODE = 'RF003';
  END IF;
  -- Verified from here on: the expiry is a number and the tenant a UUID, because we signed them.
  IF to_timestamp(expiry::bigint) < now() THEN
    RAISE EXCEPTION 'the proof of the tenant context has expired' USING ERRCODE = 'RF003';
  END IF;
  RETURN tenant::uuid;
END
$read$;`;

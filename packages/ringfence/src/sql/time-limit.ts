import { ACTOR_PROOF_SETTING, ACTOR_SETTING } from './audit-log-recording.js';
import { PROOF_SETTING, TENANT_SETTING } from './binder.js';
import type { ContextTrust } from './context-keys.js';
import { quoteIdentifier, quoteLiteral } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';

/** As `BIND_STATEMENT`, with how long a statement of the transaction may take, in milliseconds, last. */
export const BIND_WITHIN_STATEMENT: Readonly<Record<ContextTrust, string>> = {
  proven: 'CALL ringfence.bind($1, $2, $3)',
  unproven: 'CALL ringfence.bind($1, $2)',
};

/** As `BIND_ACTOR_STATEMENT`, with the same last. */
export const BIND_ACTOR_WITHIN_STATEMENT = 'CALL ringfence.bind($1, $2, $3, $4, $5)';

interface Parameter {
  readonly name: string;
  readonly type: string;
  /** The setting that carries it. */
  readonly setting: string;
}

const TENANT = { name: 'tenant_id', type: 'uuid', setting: TENANT_SETTING };
const PROOF = { name: 'proof', type: 'text', setting: PROOF_SETTING };
const ACTOR = { name: 'actor', type: 'text', setting: ACTOR_SETTING };
const ACTOR_PROOF = { name: 'actor_proof', type: 'text', setting: ACTOR_PROOF_SETTING };
const WITHIN = { name: 'within', type: 'integer', setting: 'statement_timeout' };

/**
 * Binders that also limit how long each statement of the transaction may take. A statement of its own for
 * that would be one more to parse, and would take the binder's place as the connection's unnamed
 * statement; so it is the same call with one argument more, and pools without a limit call what they
 * called before.
 *
 * The limit is `statement_timeout`, which every role may set: SQL that is injected into a transaction of
 * several statements can lift it for those that follow. What it cannot lift is the tenant's share of the
 * pool's connections.
 *
 * @see PostgreSQL manual, 20.11.1 "Statement Behavior", `statement_timeout`
 */
export function timeLimitSql(
  roles: RoleNames = roleNames(),
  trust: ContextTrust = 'proven',
): string {
  const proof = trust === 'proven' ? [PROOF] : [];
  return [
    binder([TENANT, ...proof, WITHIN], roles),
    // The proofs of an unproven database are empty, but they are passed on all the same.
    binder(
      [
        TENANT,
        { ...PROOF, setting: proof.length > 0 ? PROOF_SETTING : '' },
        ACTOR,
        ACTOR_PROOF,
        WITHIN,
      ],
      roles,
    ),
  ].join('\n\n');
}

function binder(parameters: readonly Parameter[], roles: RoleNames): string {
  const name = `ringfence.bind(${parameters.map(({ type }) => type).join(', ')})`;
  const set = parameters
    .filter(({ setting }) => setting !== '')
    .map(({ name, type, setting }) => {
      const value = type === 'text' ? name : `${name}::text`;
      return `  bound := set_config(${quoteLiteral(setting)}, ${value}, true);`;
    });
  return `CREATE PROCEDURE ringfence.bind(${parameters.map(({ name, type }) => `${name} ${type}`).join(', ')})
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $bind$
DECLARE
  bound text := nullif(current_setting(${quoteLiteral(TENANT_SETTING)}, true), '');
BEGIN
  IF tenant_id IS NULL THEN
    RAISE EXCEPTION 'a transaction cannot be bound to no tenant' USING ERRCODE = 'RF002';
  END IF;
  IF bound <> tenant_id::text THEN
    RAISE EXCEPTION 'this transaction is bound to another tenant' USING ERRCODE = 'RF001';
  END IF;
${set.join('\n')}
END
$bind$;

COMMENT ON PROCEDURE ${name} IS
  'As the one without a time, and limits how long a statement of the transaction may take (milliseconds).';

REVOKE ALL ON PROCEDURE ${name} FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE ${name} TO ${quoteIdentifier(roles.app)};`;
}

import { auditPartitionsSql } from './audit-log-partitions.js';
import { recordingSql } from './audit-log-recording.js';
import { type ContextTrust } from './context-keys.js';
import { quoteIdentifier } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';
import { tenantPolicySql } from './tenant-policy.js';

/** The columns of both logs, besides whose row it is: what verification hashes, in this order. */
const ENTRY = `"created_at" timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Of the top-level transaction: what a seal covers is told by it, not by times.
  "xact" xid8 NOT NULL DEFAULT pg_current_xact_id(),
  "action" text NOT NULL,
  "object_type" text NOT NULL,
  "object_id" uuid,
  "changed" text[] NOT NULL DEFAULT '{}',
  "details" jsonb NOT NULL DEFAULT '{}',
  "actor_kind" text NOT NULL,
  "actor_id" text,
  "actor_session" text,
  "request_id" text,
  "login" text NOT NULL DEFAULT session_user`;

/** A seal: which rows it covers (those behind the seal before it, up to a place), and the chain. */
const SEAL = `"seq" bigint NOT NULL,
  "first_at" timestamptz(3) NOT NULL,
  "last_at" timestamptz(3) NOT NULL,
  "through_xact" xid8 NOT NULL,
  "through_id" uuid NOT NULL,
  -- Per row 56 bytes: its id, its time in milliseconds, SHA-256 of what it says.
  "entries" bytea NOT NULL,
  "row_count" integer GENERATED ALWAYS AS (octet_length(entries) / 56) STORED,
  "previous_hash" bytea NOT NULL,
  "hash" bytea NOT NULL,
  "sealed_at" timestamptz(3) NOT NULL`;

const SEAL_CHECKS = (
  name: string,
): string => `CONSTRAINT ${name}_entries_are_whole CHECK (octet_length(entries) % 56 = 0),
  CONSTRAINT ${name}_hashes_are_sha256
    CHECK (octet_length(hash) = 32 AND octet_length(previous_hash) = 32)`;

/**
 * The audit log: one row per change, written by triggers in the transaction of the change, and the seals
 * over it. Needs `machinerySql` and all `machineryUpdates`. {@link auditTriggersSql} puts a table under it.
 *
 * - Nobody but the trigger functions' owner may insert; the application reads what its tenant did, and
 *   no role is granted more. Rows are never updated or deleted, not by the owner either: a trigger
 *   refuses it.
 * - No writer waits for another: a row names its transaction, and seals are made behind the horizon of
 *   running transactions by a login of their own.
 * - What happens to a tenant's rows outside of that tenant's context (a migration, an administrator) and
 *   to the tables of the platform stands in `platform_log`, which has a chain of its own.
 *
 * @see PostgreSQL manual, 39.1 "Overview of Trigger Behavior", 5.12 "Table Partitioning",
 *   9.27.9 "Transaction ID and Snapshot Information Functions"
 */
export function auditLogSql(
  roles: RoleNames = roleNames(),
  trust: ContextTrust = 'proven',
): string {
  const [app, operator, sealer] = [roles.app, roles.operator, roles.sealer].map(quoteIdentifier);
  const bind = trust === 'proven' ? 'ringfence.bind(uuid, text)' : 'ringfence.bind(uuid)';
  return `CREATE FUNCTION ringfence.refuse_change() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $refuse$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or taken away', TG_TABLE_NAME USING ERRCODE = '42501';
END
$refuse$;

COMMENT ON FUNCTION ringfence.refuse_change() IS
  'Makes a table append-only, for its owner as well.';

REVOKE ALL ON FUNCTION ringfence.refuse_change() FROM PUBLIC;

CREATE TABLE ringfence.audit_log (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  ${ENTRY},
  CONSTRAINT audit_log_pkey PRIMARY KEY ("tenant_id", "created_at", "id")
) PARTITION BY RANGE ("created_at");
CREATE INDEX audit_log_xact_idx ON ringfence.audit_log ("tenant_id", "xact", "id");
CREATE INDEX audit_log_object_idx
  ON ringfence.audit_log ("tenant_id", "object_id", "created_at", "id");
CREATE INDEX audit_log_actor_idx
  ON ringfence.audit_log ("tenant_id", "actor_id", "created_at", "id");

COMMENT ON TABLE ringfence.audit_log IS
  'What was changed in a tenant, by whom and when. Written by triggers alone; sealed by audit_seals.';

CREATE TABLE ringfence.audit_seals (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  ${SEAL},
  CONSTRAINT audit_seals_pkey PRIMARY KEY ("tenant_id", "seq"),
  ${SEAL_CHECKS('audit_seals')}
);

COMMENT ON TABLE ringfence.audit_seals IS
  'A chain per tenant: each seal holds the digests of a range of audit_log and the hash of the seal before.';

CREATE TABLE ringfence.platform_log (
  -- Whose rows or entry in the directory it was about, where it was one tenant.
  "tenant" uuid,
  ${ENTRY},
  CONSTRAINT platform_log_pkey PRIMARY KEY ("created_at", "id")
);
CREATE INDEX platform_log_xact_idx ON ringfence.platform_log ("xact", "id");

COMMENT ON TABLE ringfence.platform_log IS
  'What was changed in the platform''s own tables, and in tenants'' rows from outside of their context.';

CREATE TABLE ringfence.platform_seals (
  ${SEAL},
  CONSTRAINT platform_seals_pkey PRIMARY KEY ("seq"),
  ${SEAL_CHECKS('platform_seals')}
);

COMMENT ON TABLE ringfence.platform_seals IS 'The chain of seals over platform_log.';

CREATE TABLE ringfence.audit_drops (
  "partition" text PRIMARY KEY,
  "from_at" timestamptz(3) NOT NULL,
  "to_at" timestamptz(3) NOT NULL,
  -- Signed by whoever dropped it: see docs/audit-log.md.
  "statement" text NOT NULL
);

COMMENT ON TABLE ringfence.audit_drops IS
  'Which partitions of audit_log were dropped when they were old enough, signed.';

${tenantPolicySql('ringfence.audit_log')}
${tenantPolicySql('ringfence.audit_seals')}

${['audit_log', 'audit_seals', 'platform_log', 'platform_seals', 'audit_drops'].map(appendOnly).join('\n')}

${auditPartitionsSql()}

${recordingSql(roles, trust)}

REVOKE ALL ON ringfence.audit_log, ringfence.audit_seals, ringfence.platform_log,
  ringfence.platform_seals, ringfence.audit_drops FROM PUBLIC;
GRANT USAGE ON SCHEMA ringfence TO ${sealer};
GRANT EXECUTE ON FUNCTION ringfence.current_tenant_id() TO ${sealer};
GRANT EXECUTE ON PROCEDURE ${bind} TO ${sealer};
GRANT EXECUTE ON FUNCTION ringfence.make_audit_partitions(integer) TO ${sealer};
GRANT SELECT ON ringfence.audit_log TO ${app}, ${sealer};
GRANT SELECT, INSERT ON ringfence.audit_seals, ringfence.platform_seals TO ${sealer};
GRANT SELECT ON ringfence.platform_log TO ${operator}, ${sealer};
GRANT SELECT ON ringfence.audit_drops TO ${operator}, ${sealer};
GRANT SELECT ("id", "slug") ON ringfence.tenants TO ${sealer};

SELECT ringfence.make_audit_partitions(2);`;
}

function appendOnly(table: string): string {
  return `CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ringfence.${table}
  FOR EACH ROW EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ringfence.${table}
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.refuse_change();`;
}

import type { ContextTrust } from './context-keys.js';
import { quoteIdentifier } from './identifier.js';
import { migrationAsksSql } from './migration-asks.js';
import {
  MIGRATION_STATES,
  migrationStatesSql,
  RING_STATES,
  stateCheck,
  TENANT_STATES,
} from './migration-states.js';
import { migrationWorkSql } from './migration-work.js';
import { type RoleNames, roleNames } from './role-names.js';

/**
 * The ledger of controlled migrations: what stands where, for each tenant. It is kept where the tenant's
 * rows are, so that rows and ledger change in one transaction. It holds no value of a row, ever: names,
 * counts, codes and hashes.
 *
 * The column is named `tenant`, as in `tenant_domains`: these are tables of the platform, of which the
 * application sees nothing but what `switched_migrations()` says about the tenant that is bound.
 */
export function migrationLedgerSql(
  roles: RoleNames = roleNames(),
  trust: ContextTrust = 'proven',
): string {
  const operator = quoteIdentifier(roles.operator);
  return `${TABLES}

${migrationStatesSql()}

${migrationWorkSql(trust)}

${migrationAsksSql(roles)}

REVOKE ALL ON ${LEDGER_TABLES} FROM PUBLIC;
GRANT SELECT ON ${LEDGER_TABLES} TO ${operator};`;
}

const LEDGER_TABLES = [
  'migrations',
  'migration_rings',
  'migration_tenants',
  'migration_files',
  'migration_acts',
  'migration_control',
  'migration_nodes',
  'migration_signals',
]
  .map((name) => `ringfence.${name}`)
  .join(', ');

const TABLES = `CREATE TABLE ringfence.migrations (
  name text PRIMARY KEY,
  -- Of the folder: files that were expanded do not change any more.
  checksum text NOT NULL,
  state text NOT NULL DEFAULT 'draft',
  -- Why it is paused, held or halted.
  reason text,
  halted_from text,
  settings jsonb NOT NULL DEFAULT '{}',
  -- Rings follow one another by themselves; otherwise each is asked for.
  advancing boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  changed_at timestamptz(3) NOT NULL DEFAULT now(),
  expanded_at timestamptz(3),
  soak_until timestamptz(3),
  contracted_at timestamptz(3),
  CONSTRAINT migrations_name_is_plain CHECK (name ~ '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$'),
  CONSTRAINT migrations_state_is_known CHECK (${stateCheck(MIGRATION_STATES)})
);

COMMENT ON TABLE ringfence.migrations IS 'Controlled migrations: where each of them stands.';

CREATE TABLE ringfence.migration_rings (
  migration text NOT NULL REFERENCES ringfence.migrations (name) ON DELETE CASCADE,
  position integer NOT NULL,
  name text NOT NULL,
  selector jsonb NOT NULL,
  gates jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'waiting',
  requested boolean NOT NULL DEFAULT false,
  -- What the application's nodes said before it was opened.
  baseline jsonb,
  opened_at timestamptz(3),
  finished_at timestamptz(3),
  approved_by text,
  approved_at timestamptz(3),
  PRIMARY KEY (migration, position),
  UNIQUE (migration, name),
  CONSTRAINT migration_rings_state_is_known CHECK (${stateCheck(RING_STATES)})
);

COMMENT ON TABLE ringfence.migration_rings IS
  'The groups of tenants that a migration reaches one after the other.';

CREATE TABLE ringfence.migration_tenants (
  migration text NOT NULL REFERENCES ringfence.migrations (name) ON DELETE CASCADE,
  tenant uuid NOT NULL REFERENCES ringfence.tenants (id) ON DELETE CASCADE,
  -- NULL for a tenant that was made after the migration was expanded.
  ring integer,
  state text NOT NULL DEFAULT 'pending',
  requested boolean NOT NULL DEFAULT false,
  -- The key of the last row that is done.
  cursor text,
  batch_size integer,
  lease_owner text,
  lease_until timestamptz(3),
  -- Goes up with every lease: whoever holds a lower one has lost it and changes nothing.
  fence bigint NOT NULL DEFAULT 0,
  rows_done bigint NOT NULL DEFAULT 0,
  rows_changed bigint NOT NULL DEFAULT 0,
  rows_expected bigint,
  batches integer NOT NULL DEFAULT 0,
  mismatches bigint,
  checksum text,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz(3),
  -- A code of the catalogue or an SQLSTATE, never a message: those quote rows.
  error_code text,
  started_at timestamptz(3),
  switched_at timestamptz(3),
  PRIMARY KEY (migration, tenant),
  CONSTRAINT migration_tenants_state_is_known CHECK (${stateCheck(TENANT_STATES)}),
  CONSTRAINT migration_tenants_error_is_a_code CHECK (error_code ~ '^[A-Z0-9_]{1,60}$')
) WITH (fillfactor = 70);
CREATE INDEX migration_tenants_tenant_idx ON ringfence.migration_tenants (tenant);
CREATE INDEX migration_tenants_work_idx ON ringfence.migration_tenants (migration, ring, tenant)
  WHERE state IN ('pending', 'backfilling', 'verifying', 'ready', 'failed');
CREATE INDEX migration_tenants_requested_idx ON ringfence.migration_tenants (migration, tenant)
  WHERE requested AND state IN ('pending', 'backfilling', 'verifying', 'ready', 'failed');

COMMENT ON TABLE ringfence.migration_tenants IS
  'How far a migration is in a tenant. Changes in one transaction with the tenant''s rows.';

CREATE TABLE ringfence.migration_files (
  migration text NOT NULL REFERENCES ringfence.migrations (name) ON DELETE CASCADE,
  file text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (migration, file)
);

COMMENT ON TABLE ringfence.migration_files IS
  'Schema files that are applied, written down in the transaction of the file.';

CREATE TABLE ringfence.migration_acts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- '*' for all migrations.
  migration text NOT NULL,
  ring text,
  tenant uuid,
  act text NOT NULL,
  actor text NOT NULL,
  reason text,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX migration_acts_migration_idx ON ringfence.migration_acts (migration, id);

COMMENT ON TABLE ringfence.migration_acts IS
  'Who did or asked for what, append-only. Each stands in platform_log too, where there is one.';

CREATE TABLE ringfence.migration_control (
  -- '*' stops all of them.
  migration text PRIMARY KEY,
  stopped_at timestamptz(3) NOT NULL DEFAULT now(),
  actor text NOT NULL,
  reason text
);

COMMENT ON TABLE ringfence.migration_control IS
  'The kill switch: while a row stands here, no batch of that migration begins.';

CREATE TABLE ringfence.migration_nodes (
  node text PRIMARY KEY,
  version text NOT NULL,
  seen_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT migration_nodes_are_named
    CHECK (octet_length(node) BETWEEN 1 AND 200 AND octet_length(version) BETWEEN 1 AND 100)
);

COMMENT ON TABLE ringfence.migration_nodes IS
  'Processes of the application that are alive, and the version of each, as they report.';

CREATE TABLE ringfence.migration_signals (
  node text NOT NULL REFERENCES ringfence.migration_nodes (node) ON DELETE CASCADE,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  requests bigint NOT NULL,
  errors bigint NOT NULL,
  p95_us bigint NOT NULL,
  PRIMARY KEY (node, at),
  CONSTRAINT migration_signals_are_counts CHECK (requests >= 0 AND errors BETWEEN 0 AND requests AND p95_us >= 0)
);
CREATE INDEX migration_signals_at_idx ON ringfence.migration_signals (at);

COMMENT ON TABLE ringfence.migration_signals IS
  'What nodes saw since they reported the time before: gates compare them.';`;

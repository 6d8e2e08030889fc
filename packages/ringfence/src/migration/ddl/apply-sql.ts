import type { Client } from 'pg';
import { RingfenceError } from '../../errors/index.js';
import { DEFAULT_ROLE_PREFIX, withRolePrefix } from '../../sql/index.js';
import type { SqlFile } from '../folder/index.js';
import type { ApplyOptions, ApplySettings } from './apply-options.js';
import { applyStatement } from './apply-statement.js';
import { applyTransaction } from './apply-transaction.js';
import { requireDirectConnection } from './direct-connection.js';
import { refuseControl } from './refuse-control.js';
import { repeatableStatement } from './repeatable-statement.js';
import { withPatience } from './with-patience.js';

const DEFAULTS = {
  prefix: DEFAULT_ROLE_PREFIX,
  lockTimeoutMs: 500,
  attempts: 20,
  pauseMs: { first: 250, longest: 15_000 },
  statementTimeoutMs: 60_000,
  concurrentTimeoutMs: 6 * 3_600_000,
};

/**
 * Applies one SQL file as the owner role: as one transaction, sent in one flight so that its locks are
 * held shortly, or as one statement when the file says `-- no-transaction`. It never waits longer for
 * a lock than `lockTimeoutMs`, because everybody queues behind a waiting ALTER TABLE; it gives way, pauses
 * and tries again, a bounded number of times.
 *
 * The caller holds the migration lock ({@link withMigrationLock}) and knows that the file is not
 * applied yet. Session settings of the connection are reset.
 *
 * @param client a direct connection of a login that may become the owner role.
 * @throws RingfenceError `MIGRATION_CONNECTION_POOLED` behind a pooler; `MIGRATION_CONTROL_REFUSED` for
 *   COMMIT and the like in the file; `MIGRATION_NOT_REPEATABLE` for what may not run without a
 *   transaction; `MIGRATION_BLOCKED` when no try got its locks; `MIGRATION_FAILED` for everything else.
 *   Nothing of a transaction stays.
 * @see PostgreSQL manual, 20.11.1 "Statement Behavior", lock_timeout
 * @example
 * await withMigrationLock(client, () =>
 *   applySql(client, file, { record: (tx) => tx.query('INSERT INTO applied …') }),
 * );
 */
export async function applySql(
  client: Client,
  file: SqlFile,
  options: ApplyOptions = {},
): Promise<void> {
  const settings = bounded(options);
  const sql = withRolePrefix(file.sql, settings.prefix);
  refuseControl({ file: file.file, sql });
  const statement = file.transaction ? undefined : repeatableStatement({ file: file.file, sql });
  await requireDirectConnection(client);
  const began = performance.now();
  await withPatience(client, file, settings, () =>
    statement
      ? applyStatement(client, { ...file, sql }, statement, settings)
      : applyTransaction(client, { ...file, sql }, settings),
  );
  settings.report?.({ kind: 'applied', file: file.file, ms: performance.now() - began });
}

function bounded(options: ApplyOptions): ApplySettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings: ApplySettings = { ...DEFAULTS, ...Object.fromEntries(given) };
  const { lockTimeoutMs, statementTimeoutMs, concurrentTimeoutMs, attempts, pauseMs } = settings;
  const times = { lockTimeoutMs, statementTimeoutMs, concurrentTimeoutMs, attempts };
  for (const [name, value] of Object.entries({ ...times, ...pauseMs })) {
    if (Number.isSafeInteger(value) && value >= 1 && value < 2 ** 31) continue;
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: `${name} must be a whole number from 1: PostgreSQL takes 0 for "no timeout".`,
    });
  }
  return settings;
}

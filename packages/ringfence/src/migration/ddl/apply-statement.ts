import type { Client } from 'pg';
import { RingfenceError } from '../../errors/index.js';
import type { SqlFile } from '../folder/index.js';
import type { ApplySettings } from './apply-options.js';
import { dropInvalidIndexes, indexStands } from './invalid-indexes.js';
import type { RepeatableStatement } from './repeatable-statement.js';
import { sessionSettings } from './session-settings.js';

/** One try of a statement without a transaction, and its row in the ledger after it. */
export async function applyStatement(
  client: Client,
  file: SqlFile,
  statement: RepeatableStatement,
  settings: ApplySettings,
): Promise<void> {
  const { prefix, lockTimeoutMs, concurrentTimeoutMs, record } = settings;
  // A concurrent statement waits for old transactions, and nobody waits for it.
  const lock = statement.concurrent ? concurrentTimeoutMs : lockTimeoutMs;
  const timeout = file.statementTimeoutMs ?? concurrentTimeoutMs;
  await client.query('RESET ALL');
  try {
    await clean(client, file, statement, settings);
    await client.query(sessionSettings('SESSION', prefix, lock, timeout));
    await client.query(file.sql);
    if (statement.kind === 'create index' && !(await indexStands(client, statement))) {
      throw new RingfenceError('MIGRATION_FAILED', {
        detail: `${file.file}: an index ${statement.index} stands on another table already.`,
      });
    }
    await record?.(client);
  } catch (error) {
    // An invalid index costs every write, and an invalid unique one still refuses rows.
    await clean(client, file, statement, settings).catch(() => undefined);
    throw error;
  } finally {
    await client.query('RESET ROLE; RESET ALL').catch(() => undefined);
  }
}

async function clean(
  client: Client,
  file: SqlFile,
  statement: RepeatableStatement,
  { prefix, lockTimeoutMs, concurrentTimeoutMs, report }: ApplySettings,
): Promise<void> {
  await client.query(sessionSettings('SESSION', prefix, lockTimeoutMs, concurrentTimeoutMs));
  const indexes = await dropInvalidIndexes(client, statement);
  if (indexes.length > 0) report?.({ kind: 'cleaned', file: file.file, indexes });
}

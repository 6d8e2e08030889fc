import type { Client } from 'pg';
import { RingfenceError } from '../../errors/index.js';
import type { SqlFile } from '../folder/index.js';
import type { ApplySettings } from './apply-options.js';
import { sessionSettings } from './session-settings.js';

const TRANSACTION_ID = 'SELECT pg_catalog.pg_current_xact_id()::text AS id';

/** One try: the file and its row in the ledger, or nothing of both. */
export async function applyTransaction(
  client: Client,
  file: SqlFile,
  settings: ApplySettings,
): Promise<void> {
  const { prefix, lockTimeoutMs, record } = settings;
  const timeout = file.statementTimeoutMs ?? settings.statementTimeoutMs;
  await client.query('RESET ALL');
  try {
    await client.query(`BEGIN; ${sessionSettings('LOCAL', prefix, lockTimeoutMs, timeout)}`);
    const before = await client.query<{ id: string }>(TRANSACTION_ID);
    await client.query(file.sql);
    // Behind the look at the text: whatever ended the transaction after all is noticed here.
    const after = await client.query<{ id: string }>(TRANSACTION_ID);
    if (client.getTransactionStatus() !== 'T' || after.rows[0]?.id !== before.rows[0]?.id) {
      throw new RingfenceError('MIGRATION_CONTROL_REFUSED', { detail: `${file.file} ended it.` });
    }
    await record?.(client);
    await client.query('COMMIT');
  } catch (error) {
    // A connection that broke has nothing to roll back.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

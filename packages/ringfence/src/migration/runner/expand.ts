import type { Client } from 'pg';
import { RingfenceError } from '../../errors/index.js';
import type { ApplyOptions } from '../ddl/index.js';
import type { PhasedMigration } from '../folder/index.js';
import { MigrationLedger } from '../ledger/index.js';
import { withMigrationLock } from '../with-lock.js';
import { applyFiles } from './apply-files.js';

/** The two connections of a change of the schema; see {@link connectAsOwner}. */
export interface SchemaConnections {
  /** For the ledger. */
  readonly owner: Client;
  /** For the files: takes the migration lock, and its settings are reset. */
  readonly files: Client;
}

/**
 * Applies the expand files of a migration: from `linted` to `expanded`. Run again, it goes on where it was;
 * run by two at once, one of them does it and the other one finds it done.
 *
 * @throws RingfenceError what `applySql` throws; the migration is then `linted` again, with the code as its
 *   reason, and files that were not applied may be corrected.
 */
export async function expand(
  { owner, files }: SchemaConnections,
  migration: PhasedMigration,
  options: ApplyOptions = {},
): Promise<void> {
  const ledger = new MigrationLedger(owner);
  await withMigrationLock(files, async () => {
    const entry = await ledger.find(migration.name);
    if (entry?.expandedAt) return;
    if (entry?.state === 'linted') await ledger.step(migration.name, 'expanding');
    try {
      await applyFiles(files, { ...options, migration: migration.name, files: migration.expand });
    } catch (error) {
      const code = error instanceof RingfenceError ? error.code : 'MIGRATION_FAILED';
      await ledger.step(migration.name, 'linted', code).catch(() => undefined);
      throw error;
    }
    await ledger.step(migration.name, 'expanded');
  });
}

import type { Client } from 'pg';
import { RingfenceError } from '../../errors/index.js';
import { type ApplyOptions, applySql } from '../ddl/index.js';
import type { SqlFile } from '../folder/index.js';

/** What {@link applyFiles} is given. */
export interface ApplyFilesOptions extends Omit<ApplyOptions, 'record'> {
  readonly migration: string;
  readonly files: readonly SqlFile[];
}

/**
 * Applies the schema files of a migration that are not applied yet, each together with its row in the
 * ledger. The caller holds the migration lock.
 *
 * @param client a direct connection of a migrator; its settings are reset.
 * @returns the names of those that were applied now.
 * @throws RingfenceError `MIGRATION_FAILED` for a file that was edited after it was applied, and what
 *   {@link applySql} throws.
 */
export async function applyFiles(
  client: Client,
  { migration, files, ...options }: ApplyFilesOptions,
): Promise<string[]> {
  const done = await appliedFiles(client, migration);
  const applied: string[] = [];
  for (const file of files) {
    const checksum = done.get(file.file);
    if (checksum === file.checksum) continue;
    if (checksum !== undefined) {
      throw new RingfenceError('MIGRATION_FAILED', {
        detail: `${migration}/${file.file} was edited after it was applied.`,
      });
    }
    await applySql(client, file, {
      ...options,
      record: async (tx) => {
        await tx.query(
          `INSERT INTO ringfence.migration_files (migration, file, checksum) VALUES ($1, $2, $3)
           ON CONFLICT (migration, file) DO NOTHING`,
          [migration, file.file, file.checksum],
        );
      },
    });
    applied.push(file.file);
  }
  return applied;
}

/** Files that are applied, with their checksums. */
export async function appliedFiles(
  client: Client,
  migration: string,
): Promise<Map<string, string>> {
  const { rows } = await client.query<{ file: string; checksum: string }>(
    'SELECT file, checksum FROM ringfence.migration_files WHERE migration = $1',
    [migration],
  );
  return new Map(rows.map(({ file, checksum }) => [file, checksum]));
}

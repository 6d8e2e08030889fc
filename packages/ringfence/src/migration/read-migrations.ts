import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { RingfenceError } from '../errors/index.js';
import { readSqlFile, type SqlFile } from './folder/index.js';

/** One migration file of Prisma's layout. */
export interface MigrationFile extends SqlFile {
  /** The folder's name, which begins with a timestamp. */
  readonly name: string;
}

/**
 * Reads `<folder>/<name>/migration.sql`, in the order of the names.
 *
 * @throws RingfenceError `MIGRATION_FAILED` when there is no such folder; `MIGRATION_FOLDER_INVALID` for
 *   a file that declares something in the wrong form.
 */
export function readMigrations(folder: string): MigrationFile[] {
  if (!existsSync(folder)) {
    throw new RingfenceError('MIGRATION_FAILED', { detail: `There is no folder ${folder}.` });
  }
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, full: path.join(folder, name, 'migration.sql') }))
    .filter(({ full }) => existsSync(full))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, full }) => ({ ...readSqlFile(full), name }));
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RingfenceError } from '../errors/index.js';

/** One migration file of Prisma's layout. */
export interface MigrationFile {
  /** The folder's name, which begins with a timestamp. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file in hex: what Prisma keeps in `_prisma_migrations`. */
  readonly checksum: string;
}

/**
 * Reads `<folder>/<name>/migration.sql`, in the order of the names.
 *
 * @throws RingfenceError `MIGRATION_FAILED` when there is no such folder.
 */
export function readMigrations(folder: string): MigrationFile[] {
  if (!existsSync(folder)) {
    throw new RingfenceError('MIGRATION_FAILED', { detail: `There is no folder ${folder}.` });
  }
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name, file: path.join(folder, name, 'migration.sql') }))
    .filter(({ file }) => existsSync(file))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, file }) => {
      const sql = readFileSync(file, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { folderError } from './folder-error.js';
import type { PhasedMigration } from './phased-migration.js';
import { readMigrationFolder } from './read-migration-folder.js';

/**
 * Reads every migration folder of a folder, in the order of their names: phased ones, or those of
 * `prisma/migrations`.
 *
 * @throws RingfenceError `MIGRATION_FOLDER_INVALID` when there is no such folder, or one is not as it
 *   should be.
 * @example
 * for (const { name, kind } of readMigrationFolders('migrations')) console.log(name, kind);
 */
export function readMigrationFolders(folder: string): PhasedMigration[] {
  if (!existsSync(folder)) throw folderError(`There is no folder ${folder}.`);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort((one, other) => (one < other ? -1 : 1))
    .map((name) => readMigrationFolder(path.join(folder, name)));
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sqlStatements } from '../../sql/index.js';
import { folderError } from './folder-error.js';
import { parseTableName } from './parse-table-name.js';
import type { Backfill } from './phased-migration.js';
import { readSqlFile } from './read-sql-file.js';

const MODULES = ['ts', 'mts', 'js', 'mjs'].map((ending) => `backfill.${ending}`);
const TABLE = /^--\s*table:(.*)$/m;

/**
 * Reads `backfill.sql` or the name of a backfill module, which is loaded only when it is run.
 *
 * @throws RingfenceError `MIGRATION_FOLDER_INVALID` when there are two, or when `backfill.sql` names no
 *   table, is not one statement, or does not use `:after` and `:upto`.
 */
export function readBackfill(folder: string): Backfill | undefined {
  const found = ['backfill.sql', ...MODULES].filter((name) => existsSync(path.join(folder, name)));
  const [file, second] = found;
  if (file === undefined) return undefined;
  if (second !== undefined) throw folderError(`${folder} has ${file} and ${second}: keep one.`);
  const full = path.join(folder, file);
  if (file === 'backfill.sql') return readSqlBackfill(full);
  const checksum = createHash('sha256').update(readFileSync(full)).digest('hex');
  return { kind: 'module', file, checksum, path: path.resolve(full) };
}

function readSqlBackfill(full: string): Backfill {
  const { file, sql, checksum } = readSqlFile(full);
  const header = TABLE.exec(sql)?.[1]?.trim();
  const table = header === undefined ? undefined : parseTableName(header);
  if (!table) {
    throw folderError(`${full} must name its table at the head: -- table: public.documents`);
  }
  const statements = sqlStatements(sql) ?? [];
  if (statements.length !== 1) {
    throw folderError(`${full} must hold one statement; it holds ${statements.length}.`);
  }
  const words = (statements[0] ?? []).map(({ text }) => text);
  for (const parameter of ['after', 'upto']) {
    if (!words.some((word, at) => word === parameter && words[at - 1] === ':')) {
      throw folderError(
        `${full} must use :${parameter}, so that each run takes one batch: id > :after AND id <= :upto`,
      );
    }
  }
  return { kind: 'sql', file, checksum, sql, table };
}

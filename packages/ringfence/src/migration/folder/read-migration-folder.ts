import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sqlStatements } from '../../sql/index.js';
import { checkMeta } from './check-meta.js';
import { folderError } from './folder-error.js';
import type { PhasedMigration, SqlFile } from './phased-migration.js';
import { readBackfill } from './read-backfill.js';
import { readSqlFile } from './read-sql-file.js';

/** Prisma's column for the name holds 255 characters; more is a mistake anyway. */
const NAME = /^[A-Za-z0-9][\w.-]{0,199}$/;
const PLANE = /^(expand|contract)(?:-([2-9]|[1-9]\d+))?\.sql$/;
const KNOWN = /^(?:(?:expand|contract|backfill|verify|migration)[-.]|meta\.)/;
const OTHERS = /^(?:backfill\.(?:sql|ts|mts|js|mjs)|verify\.sql|meta\.json|migration\.sql)$/;

/**
 * Reads a migration folder and holds it to its layout: `expand.sql` (`expand-2.sql`, …),
 * `backfill.sql` or `backfill.ts`, `verify.sql`, `contract.sql` (`contract-2.sql`, …), `meta.json`.
 * A folder of Prisma's, `migration.sql` alone, only expands.
 *
 * @throws RingfenceError `MIGRATION_FOLDER_INVALID`, naming the file and what it must be.
 * @example
 * const migration = readMigrationFolder('migrations/20261127100000_document_slug');
 * migration.expand.map(({ file }) => file); // ['expand.sql', 'expand-2.sql']
 */
export function readMigrationFolder(folder: string): PhasedMigration {
  if (!existsSync(folder)) throw folderError(`There is no folder ${folder}.`);
  const name = path.basename(path.resolve(folder));
  if (!NAME.test(name)) {
    throw folderError(`${folder}: a name has letters, digits, _, - and . only, 200 at most.`);
  }
  const files = readdirSync(folder).sort();
  const misnamed = files.find((f) => KNOWN.test(f) && !PLANE.test(f) && !OTHERS.test(f));
  if (misnamed !== undefined) throw folderError(`${folder}: ${misnamed} is no name that is read.`);
  if (files.includes('migration.sql')) return prismaMigration(folder, name, files);

  const expand = plane(folder, files, 'expand');
  const contract = plane(folder, files, 'contract');
  const backfill = readBackfill(folder);
  const verify = files.includes('verify.sql') ? verifyFile(folder) : undefined;
  if (expand.length === 0 && contract.length === 0 && !backfill) {
    throw folderError(`${folder} holds no expand.sql, backfill, contract.sql or migration.sql.`);
  }
  const running = [...expand, ...(backfill ? [backfill] : []), ...(verify ? [verify] : [])];
  return {
    name,
    folder,
    kind: 'phased',
    checksum: checksumOf([...running, ...contract]),
    expand,
    ...(backfill ? { backfill } : {}),
    ...(verify ? { verify } : {}),
    contract,
    meta: readMeta(path.join(folder, 'meta.json')),
  };
}

function prismaMigration(folder: string, name: string, files: readonly string[]): PhasedMigration {
  const beside = files.find((file) => PLANE.test(file) || /^(backfill|verify)\./.test(file));
  if (beside !== undefined) {
    throw folderError(
      `${folder} has ${beside} beside Prisma's migration.sql: give it a folder of its own, outside prisma/migrations.`,
    );
  }
  const file = readSqlFile(path.join(folder, 'migration.sql'));
  return {
    name,
    folder,
    kind: 'prisma',
    checksum: file.checksum,
    expand: [file],
    contract: [],
    meta: checkMeta({}, 'meta.json'),
  };
}

function plane(folder: string, files: readonly string[], which: string): SqlFile[] {
  const numbered = files
    .map((file) => ({ file, match: PLANE.exec(file) }))
    .filter(({ match }) => match?.[1] === which)
    .map(({ file, match }) => ({ file, number: Number(match?.[2] ?? 1) }))
    .sort((one, other) => one.number - other.number);
  const gap = numbered.findIndex(({ number }, at) => number !== at + 1);
  if (gap >= 0) {
    throw folderError(`${folder}: ${numbered[gap]?.file} comes without the file before it.`);
  }
  return numbered.map(({ file }) => filled(path.join(folder, file)));
}

function filled(full: string): SqlFile {
  const file = readSqlFile(full);
  if (sqlStatements(file.sql)?.length === 0) throw folderError(`${full} holds no statement.`);
  return file;
}

function verifyFile(folder: string): SqlFile {
  const full = path.join(folder, 'verify.sql');
  const file = filled(full);
  const [statement, second] = sqlStatements(file.sql) ?? [];
  const verb = statement?.[0]?.text;
  if (second || !file.transaction || (verb !== 'select' && verb !== 'with')) {
    throw folderError(`${full} must be one SELECT: mismatches bigint, checksum text.`);
  }
  return file;
}

function readMeta(file: string): PhasedMigration['meta'] {
  if (!existsSync(file)) return checkMeta({}, file);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw folderError(`${file} is not JSON: ${(cause as Error).message}`, cause);
  }
  return checkMeta(value, file);
}

function checksumOf(files: readonly { file: string; checksum: string }[]): string {
  const lines = files.map(({ file, checksum }) => `${file} ${checksum}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

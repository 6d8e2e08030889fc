import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sqlTokens } from '../../sql/index.js';
import { folderError } from './folder-error.js';
import { parseDuration } from './parse-duration.js';
import type { SqlFile } from './phased-migration.js';

const HEAD = /^(?:[^\S\n]*(?:--[^\n]*)?\n)*(?:[^\S\n]*--[^\n]*)?/;
const NO_TRANSACTION = /^--\s*no-transaction\s*$/m;
const STATEMENT_TIMEOUT = /^--\s*statement-timeout:(.*)$/m;
/** What PostgreSQL can hold in `statement_timeout`. */
const LONGEST_MS = 2_147_483_647;

/**
 * Reads one SQL file of a migration and the two declarations that its head may make:
 * `-- no-transaction` and `-- statement-timeout: 10min`.
 *
 * @throws RingfenceError `MIGRATION_FOLDER_INVALID` for a file that ends inside a string or comment, or
 *   declares something in the wrong place or form.
 */
export function readSqlFile(file: string): SqlFile {
  const bytes = readFileSync(file);
  const sql = bytes.toString('utf8');
  const [head] = HEAD.exec(sql) ?? [''];
  const name = path.basename(file);
  const tokens = sqlTokens(sql);
  if (!tokens) throw folderError(`${file} ends inside a string or a comment.`);
  for (const declaration of [NO_TRANSACTION, STATEMENT_TIMEOUT]) {
    const [line] = declaration.exec(sql.slice(head.length)) ?? [];
    if (line) throw folderError(`${file}: "${line.trim()}" must stand before the first statement.`);
  }
  const timeout = STATEMENT_TIMEOUT.exec(head)?.[1];
  return {
    file: name,
    sql,
    checksum: createHash('sha256').update(bytes).digest('hex'),
    transaction: !NO_TRANSACTION.test(head),
    ...(timeout === undefined ? {} : { statementTimeoutMs: timeoutOf(timeout, file) }),
  };
}

function timeoutOf(text: string, file: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds && milliseconds <= LONGEST_MS) return milliseconds;
  throw folderError(`${file}: statement-timeout must be a time like 30s, 10min or 2h, and not 0.`);
}

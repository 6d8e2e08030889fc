import { RingfenceError } from '../../errors/index.js';
import type { SqlFile } from '../folder/index.js';
import type { Allowance } from './allowance.js';
import { readAllowances } from './allowance.js';
import type { Change } from './change.js';
import { loadParser } from './load-parser.js';
import { readChanges } from './read-changes.js';

/** When a file runs: `expand` beside the old release, `contract` when it is gone. */
export type Plane = 'expand' | 'contract';

/** One statement of a file. */
export interface Statement {
  readonly file: SqlFile;
  readonly plane: Plane;
  readonly line: number;
  readonly changes: readonly Change[];
  readonly allowances: readonly Allowance[];
  readonly text: string;
}

/**
 * Parses a file with PostgreSQL's own grammar.
 *
 * @throws RingfenceError `MIGRATION_FOLDER_INVALID` with the line of a syntax error.
 */
export async function readStatements(file: SqlFile, plane: Plane): Promise<Statement[]> {
  const parser = await loadParser();
  const bytes = Buffer.from(file.sql);
  const lineAt = (offset: number): number =>
    bytes.subarray(0, offset).toString().split('\n').length;
  let parsed: ReturnType<typeof parser.parseSync>;
  try {
    parsed = parser.parseSync(file.sql);
  } catch (cause) {
    const { sqlDetails } = cause as { sqlDetails?: { cursorPosition: number } };
    const line = sqlDetails ? `, line ${lineAt(sqlDetails.cursorPosition)}` : '';
    throw new RingfenceError('MIGRATION_FOLDER_INVALID', {
      detail: `${file.file}${line}: ${(cause as Error).message}.`,
      cause,
    });
  }
  const tokens = parser.scanSync(file.sql).tokens;
  const comments = tokens.filter(({ tokenName }) => /COMMENT/.test(tokenName));
  const firsts = tokens.filter(({ tokenName }) => !/COMMENT/.test(tokenName));
  // A comment belongs to the statement under it.
  let from = 0;
  return (parsed.stmts ?? []).flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
    const to = stmt_len ? stmt_location + stmt_len : bytes.length;
    const [begin, end] = [from, to];
    from = to;
    if (!stmt) return [];
    const start =
      firsts.find((token) => token.start >= begin && token.text !== ';')?.start ?? begin;
    const own = comments.filter((token) => token.start >= begin && token.start < end);
    return [
      {
        file,
        plane,
        line: lineAt(start),
        changes: readChanges(stmt),
        allowances: own.flatMap((token) => readAllowances(token.text, lineAt(token.start))),
        text: bytes.subarray(start, end).toString().trim(),
      },
    ];
  });
}

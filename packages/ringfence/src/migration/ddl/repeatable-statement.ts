import { RingfenceError } from '../../errors/index.js';
import { quoteIdentifier, type SqlToken, sqlStatements } from '../../sql/index.js';
import type { SqlFile } from '../folder/index.js';

/** What a statement without a transaction does, as far as running it again needs to know. */
export interface RepeatableStatement {
  readonly kind: 'create index' | 'reindex' | 'other';
  /** Waits for other transactions in the background, without holding up reads and writes. */
  readonly concurrent: boolean;
  /** Of a new index, unquoted. */
  readonly index?: string;
  /** What `ON` or REINDEX names, quoted as SQL. */
  readonly object?: string;
}

const ALLOWED = [
  'CREATE INDEX CONCURRENTLY IF NOT EXISTS name ON …',
  'DROP INDEX CONCURRENTLY IF EXISTS …',
  'REINDEX … CONCURRENTLY …',
  'ALTER TYPE … ADD VALUE IF NOT EXISTS …',
  'VACUUM, ANALYZE',
].join('; ');

/**
 * Holds a file under `-- no-transaction` to one statement that may be run again: a process that dies
 * between the statement and the ledger's row leaves no trace of how far it came.
 *
 * @throws RingfenceError `MIGRATION_NOT_REPEATABLE`.
 */
export function repeatableStatement(file: Pick<SqlFile, 'file' | 'sql'>): RepeatableStatement {
  const [statement, ...more] = sqlStatements(file.sql) ?? [];
  const found = statement && more.length === 0 ? recognise(statement) : undefined;
  if (found) return found;
  throw new RingfenceError('MIGRATION_NOT_REPEATABLE', {
    detail: `${file.file} runs without a transaction. What may: ${ALLOWED}.`,
  });
}

function recognise(tokens: readonly SqlToken[]): RepeatableStatement | undefined {
  const text = tokens.map((token) => (token.kind === 'quoted' ? '"' : token.text)).join(' ');
  const create = /^create (?:unique )?index concurrently if not exists (?=\S+ on )/.exec(text);
  if (create) return createIndex(tokens, create[0].trim().split(' ').length);
  if (/^drop index concurrently if exists /.test(text)) return { kind: 'other', concurrent: true };
  const reindex =
    /^reindex (?:\( [^)]*\bconcurrently\b[^)]*\) )?(?:index|table) (concurrently )?/.exec(text);
  if (reindex && /concurrently/.test(reindex[0])) {
    const object = qualifiedName(tokens, reindex[0].trim().split(' ').length);
    return { kind: 'reindex', concurrent: true, object };
  }
  const again = /^(?:vacuum|analyze)\b|^alter type .* add value if not exists\b/.test(text);
  return again ? { kind: 'other', concurrent: false } : undefined;
}

function createIndex(tokens: readonly SqlToken[], at: number): RepeatableStatement | undefined {
  const name = tokens[at];
  if (!name || !isName(name)) return undefined;
  const only = tokens[at + 2]?.text === 'only' ? 1 : 0;
  return {
    kind: 'create index',
    concurrent: true,
    index: name.kind === 'quoted' ? name.text.slice(1, -1).replaceAll('""', '"') : name.text,
    object: qualifiedName(tokens, at + 2 + only),
  };
}

/** Quoted, so that `to_regclass` reads it as the statement does. */
function qualifiedName(tokens: readonly SqlToken[], from: number): string {
  const parts: string[] = [];
  for (let at = from; ; at += 2) {
    const part = tokens[at];
    if (!part || !isName(part)) break;
    parts.push(part.kind === 'quoted' ? part.text : quoteIdentifier(part.text));
    if (tokens[at + 1]?.text !== '.') break;
  }
  return parts.join('.');
}

/** U&"…" is left to those who write it: it is refused as no name. */
function isName({ kind, text }: SqlToken): boolean {
  return kind === 'word' || (kind === 'quoted' && text.startsWith('"'));
}

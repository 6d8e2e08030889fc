import { RingfenceError } from '../../errors/index.js';
import { type SqlToken, sqlStatements } from '../../sql/index.js';
import type { SqlFile } from '../folder/index.js';

const TRANSACTION = new Set([
  'begin',
  'start',
  'commit',
  'end',
  'rollback',
  'abort',
  'savepoint',
  'release',
]);

/**
 * Refuses a file that begins or ends transactions, or changes the role: what comes before its COMMIT
 * would stay when the rest fails, and nothing of it would stand in the ledger.
 *
 * @throws RingfenceError `MIGRATION_CONTROL_REFUSED`, naming the statement.
 */
export function refuseControl(file: Pick<SqlFile, 'file' | 'sql'>): void {
  for (const statement of sqlStatements(file.sql) ?? []) {
    const found = control(statement);
    if (found === undefined) continue;
    throw new RingfenceError('MIGRATION_CONTROL_REFUSED', {
      detail: `${file.file} holds ${found}.`,
    });
  }
}

function control(statement: readonly SqlToken[]): string | undefined {
  const [first = '', second = '', third = ''] = statement.map(({ text }) => text);
  const words = [first, second, third].join(' ').toUpperCase().trim();
  if (TRANSACTION.has(first)) return words;
  if (first === 'prepare' && second === 'transaction') return words;
  if (first === 'discard') return words;
  const after = second === 'local' || second === 'session' ? third : second;
  if (first === 'set' && (after === 'role' || after === 'authorization')) return words;
  const resets = second === 'role' || second === 'all' || second === 'session';
  return first === 'reset' && resets ? words : undefined;
}

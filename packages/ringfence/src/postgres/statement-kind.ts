/**
 * What a statement does to the transaction around it. Read off its first words, to keep the binding in
 * step; it is no security boundary: a statement that hides its nature ends up with the wrong kind
 * here and is caught by the transaction status that the server reports afterwards.
 */
export type StatementKind =
  | 'begin'
  | 'set-transaction'
  | 'commit'
  | 'rollback'
  | 'refused-control'
  | 'statement';

const LEADING_SPACE_AND_COMMENTS = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/;
const FIRST_WORDS = /^[a-z]+(?:\s+[a-z]+){0,4}/i;

/**
 * Tells the {@link StatementKind} of a SQL text.
 *
 * @see PostgreSQL manual, reference pages of BEGIN, COMMIT, ROLLBACK, PREPARE TRANSACTION
 * @example
 * statementKind('ROLLBACK TO SAVEPOINT s1'); // 'statement': the transaction goes on
 */
export function statementKind(text: string): StatementKind {
  const start = text.replace(LEADING_SPACE_AND_COMMENTS, '');
  const words = (FIRST_WORDS.exec(start)?.[0] ?? '').toLowerCase().split(/\s+/);
  const [first, second] = words;
  switch (first) {
    case 'begin':
      return 'begin';
    case 'start':
      return second === 'transaction' ? 'begin' : 'statement';
    case 'set':
      return second === 'transaction' ? 'set-transaction' : 'statement';
    case 'commit':
    case 'end':
      return endsPlainly(words) ? 'commit' : 'refused-control';
    case 'rollback':
    case 'abort':
      if (words.includes('to')) return 'statement';
      return endsPlainly(words) ? 'rollback' : 'refused-control';
    case 'prepare':
      return second === 'transaction' ? 'refused-control' : 'statement';
    default:
      return 'statement';
  }
}

/** `AND CHAIN` opens a transaction without a binding; `… PREPARED` acts on somebody else's. */
function endsPlainly(words: readonly string[]): boolean {
  return !words.includes('prepared') && (!words.includes('chain') || words.includes('no'));
}

import { isTransactional, leavesNoResidue } from '../sql/index.js';
import { type LimitTail, limitTail } from './limit-tail.js';
import { type StatementKind, statementKind } from './statement-kind.js';

/** What is known of a statement from its text alone. */
export interface StatementFacts {
  readonly text: string;
  readonly kind: StatementKind;
  /** Can it leave nothing on its connection but rows? See `leavesNoResidue`. */
  readonly clean: boolean;
  /** Is it about the transaction itself? See `isTransactional`. */
  readonly transactional: boolean;
  /** Can it only read? Answered `false` in every case of doubt. */
  readonly reading: boolean;
  readonly tail: LimitTail | undefined;
}

const kept = new Map<string, StatementFacts>();
const MAX_KEPT = 2000;
/** Words without which nothing is changed, once no function is called but pure ones. */
const WRITES = /\b(insert|update|delete|merge)\b/i;
/** Longer texts are written by hand or hold lists, and do not come again. */
export const MAX_REPEATED_LENGTH = 20_000;

/**
 * Reads a statement. Answers are kept: reading costs more than a look-up, and applications repeat
 * themselves.
 */
export function statementFacts(text: string): StatementFacts {
  const known = kept.get(text);
  if (known) return known;
  const clean = leavesNoResidue(text);
  const facts = {
    text,
    kind: statementKind(text),
    clean,
    reading: clean && !WRITES.test(text),
    transactional: isTransactional(text),
    tail: limitTail(text),
  };
  if (kept.size >= MAX_KEPT) kept.clear();
  if (text.length <= MAX_REPEATED_LENGTH) kept.set(text, facts);
  return facts;
}

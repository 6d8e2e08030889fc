import type { LintRule } from '../rule.js';

const ROLE = /^(?:role|session_authorization)$/;

export const transactionControl: LintRule = {
  id: 'transaction-control',
  title: 'A file begins or ends transactions',
  severity: 'error',
  consequence:
    'What comes before its COMMIT stays when the rest fails, and nothing of it stands in the ledger.',
  instead: 'Leave it out: each file is one transaction. Two transactions are two files.',
  *find(change) {
    if (change.kind === 'transaction') yield 'BEGIN, COMMIT, ROLLBACK or SAVEPOINT';
    if (change.kind === 'set' && ROLE.test(change.name)) yield `SET ${change.name}`;
  },
};

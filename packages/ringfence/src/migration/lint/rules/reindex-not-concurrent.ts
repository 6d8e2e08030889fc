import type { LintRule } from '../rule.js';

export const reindexNotConcurrent: LintRule = {
  id: 'reindex-not-concurrent',
  title: 'An index is rebuilt without CONCURRENTLY',
  severity: 'error',
  consequence: 'Writes to the table, and reads that want the index, wait until it is built.',
  instead: 'REINDEX INDEX CONCURRENTLY in a file of its own that begins with -- no-transaction.',
  *find(change) {
    if (change.kind === 'reindex' && !change.concurrent) yield 'REINDEX';
  },
};

import type { LintRule } from '../rule.js';

export const indexDropNotConcurrent: LintRule = {
  id: 'index-drop-not-concurrent',
  title: 'An index is dropped without CONCURRENTLY',
  severity: 'error',
  consequence:
    'ACCESS EXCLUSIVE lock on the table, and everybody queues behind it until it gets it.',
  instead:
    'DROP INDEX CONCURRENTLY IF EXISTS in a file of its own that begins with -- no-transaction.',
  *find(change) {
    if (change.kind === 'drop' && change.what === 'index' && !change.concurrent)
      yield change.names.join();
  },
};

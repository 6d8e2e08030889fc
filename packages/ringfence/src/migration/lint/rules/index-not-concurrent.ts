import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf } from '../world.js';

export const indexNotConcurrent: LintRule = {
  id: 'index-not-concurrent',
  title: 'An index is built on a table in use',
  severity: 'error',
  consequence:
    'SHARE lock for as long as the table is read: nobody can insert, update or delete meanwhile.',
  instead:
    'CREATE INDEX CONCURRENTLY IF NOT EXISTS in a file of its own that begins with -- no-transaction; concurrentIndexSql().',
  *find(change, { world }) {
    if (change.kind !== 'create index' || change.concurrent) return;
    const table = world.table(change.table);
    if (!isNew(table)) yield `${shown(change.table)}, ${sizeOf(table)}`;
  },
};

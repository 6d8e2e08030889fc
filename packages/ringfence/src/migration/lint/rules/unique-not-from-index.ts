import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf } from '../world.js';

export const uniqueNotFromIndex: LintRule = {
  id: 'unique-not-from-index',
  title: 'A unique or exclusion constraint builds its index under a lock',
  severity: 'error',
  consequence: 'ACCESS EXCLUSIVE lock while the index is built: nobody reads or writes meanwhile.',
  instead:
    'CREATE UNIQUE INDEX CONCURRENTLY in a file of its own, then ADD CONSTRAINT … UNIQUE USING INDEX: concurrentIndexSql(), uniqueFromIndexSql().',
  *find(change, { world }) {
    if (change.kind !== 'add constraint') return;
    const { kind, index } = change.constraint;
    if ((kind !== 'unique' && kind !== 'primary' && kind !== 'exclude') || index !== undefined)
      return;
    const table = world.table(change.table);
    if (!isNew(table)) yield `${shown(change.table)}, ${sizeOf(table)}`;
  },
};

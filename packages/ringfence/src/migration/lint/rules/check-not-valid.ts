import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf } from '../world.js';

export const checkNotValid: LintRule = {
  id: 'check-not-valid',
  title: 'A check is added and tested on a table in use',
  severity: 'error',
  consequence: 'ACCESS EXCLUSIVE lock while every row is read: nobody reads or writes meanwhile.',
  instead:
    'ADD CONSTRAINT … CHECK … NOT VALID, and VALIDATE CONSTRAINT in a later file: it reads beside everybody.',
  *find(change, { world }) {
    if (change.kind !== 'add constraint' || change.constraint.kind !== 'check') return;
    const table = world.table(change.table);
    if (isNew(table) || change.constraint.unchecked) return;
    // A new column of one constant value is checked once.
    if (change.withColumn) return;
    yield `${shown(change.table)}, ${sizeOf(table)}`;
  },
};

import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf } from '../world.js';

export const foreignKeyNotValid: LintRule = {
  id: 'foreign-key-not-valid',
  title: 'A foreign key is added and tested on a table in use',
  severity: 'error',
  consequence:
    'SHARE ROW EXCLUSIVE lock on both tables while every row is looked up; and under FORCE the owner sees none of them, so that orphans pass.',
  instead:
    'ADD CONSTRAINT … NOT VALID, then validate where the rows are seen: addForeignKeySql(), validateForeignKeySql().',
  *find(change, { world }) {
    if (change.kind !== 'add constraint' || change.constraint.kind !== 'foreign') return;
    const table = world.table(change.table);
    if (isNew(table) || change.constraint.unchecked) return;
    yield `${shown(change.table)}, ${sizeOf(table)}`;
  },
};

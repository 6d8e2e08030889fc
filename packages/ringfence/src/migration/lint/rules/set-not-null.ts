import { isProven } from '../is-proven.js';
import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf } from '../world.js';

export const setNotNull: LintRule = {
  id: 'set-not-null',
  title: 'SET NOT NULL reads the whole table',
  severity: 'error',
  consequence: 'ACCESS EXCLUSIVE lock while every row is read: nobody reads or writes meanwhile.',
  instead:
    'A CHECK (… IS NOT NULL) NOT VALID, its VALIDATE in a second file, SET NOT NULL in a third: PostgreSQL then believes the check. safeNotNullSql().',
  *find(change, { statement, world }) {
    if (change.kind !== 'set not null') return;
    const table = world.table(change.table);
    if (isNew(table) || table.columns.get(change.column)?.notNull) return;
    if (isProven(table, change.column, statement)) return;
    yield `${change.column} of ${shown(change.table)}, ${sizeOf(table)}, no validated check`;
  },
};

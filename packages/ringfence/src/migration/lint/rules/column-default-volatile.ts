import { calledFunctions } from '../read-column.js';
import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf } from '../world.js';

/** Evaluated once for all old rows. What is not known to be is taken for volatile. */
const STABLE = new Set([
  'now',
  'current_setting',
  'transaction_timestamp',
  'statement_timestamp',
  'lower',
  'upper',
  'md5',
  'concat',
  'coalesce',
  'make_interval',
  'jsonb_build_object',
  'jsonb_build_array',
  'json_build_object',
]);

export const columnDefaultVolatile: LintRule = {
  id: 'column-default-volatile',
  title: 'A new column gets a value of its own in every row',
  severity: 'error',
  consequence: 'ACCESS EXCLUSIVE lock while the whole table and all its indexes are written anew.',
  instead:
    'Add the column without a default, SET DEFAULT for new rows, and fill the old ones by a backfill.',
  *find(change, { world }) {
    if (change.kind !== 'add column') return;
    const table = world.table(change.table);
    const { name, computed } = change.column;
    if (isNew(table)) return;
    const called = calledFunctions(change.column.default).filter((each) => !STABLE.has(each));
    if (computed) yield `${name} is ${computed}: ${shown(change.table)}, ${sizeOf(table)}`;
    else if (called.length > 0)
      yield `${name} calls ${called.join(', ')}: ${shown(change.table)}, ${sizeOf(table)}`;
  },
};

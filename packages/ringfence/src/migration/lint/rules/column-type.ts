import type { Change } from '../change.js';
import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf, type WorldTable } from '../world.js';

export const columnType: LintRule = {
  id: 'column-type',
  title: 'The type of a column is changed',
  severity: 'error',
  consequence:
    'ACCESS EXCLUSIVE lock while the whole table and its indexes are written anew; and the release that still runs meets a type that it does not know.',
  instead:
    'Add a column of the new type, keep both true with dualWriteSql(), backfill, and drop the old one in the contract.',
  *find(change, { world }) {
    if (change.kind !== 'column type') return;
    const table = world.table(change.table);
    if (isNew(table) || widens(change, table)) return;
    yield `${change.column} of ${shown(change.table)} becomes ${change.type}, ${sizeOf(table)}`;
  },
};

/** Longer or unlimited texts read the same bytes: nothing is written. */
function widens(change: Extract<Change, { kind: 'column type' }>, table: WorldTable): boolean {
  const old = table.facts?.columns.find(({ name }) => name === change.column);
  if (old?.type !== 'varchar' || change.converted) return false;
  const [length] = change.modifiers;
  if (change.type === 'text' || (change.type === 'varchar' && length === undefined)) return true;
  return change.type === 'varchar' && old.modifier > 0 && (length ?? 0) >= old.modifier - 4;
}

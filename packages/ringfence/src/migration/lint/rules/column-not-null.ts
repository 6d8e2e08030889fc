import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew } from '../world.js';

export const columnNotNull: LintRule = {
  id: 'column-not-null',
  title: 'A new column is NOT NULL and has no default',
  severity: 'error',
  consequence:
    'It fails on a table with rows, and the release that still runs cannot insert any more.',
  instead:
    'Add it nullable or with a constant default, backfill, then make it NOT NULL with safeNotNullSql().',
  *find(change, { world }) {
    if (change.kind !== 'add column' || isNew(world.table(change.table))) return;
    const { column } = change;
    if (column.notNull && column.default === undefined && column.computed === undefined) {
      yield `${column.name} of ${shown(change.table)}`;
    }
  },
};

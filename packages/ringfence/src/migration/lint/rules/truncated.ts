import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf } from '../world.js';

export const truncated: LintRule = {
  id: 'truncated',
  title: 'A table is emptied',
  severity: 'error',
  consequence:
    'ACCESS EXCLUSIVE lock, and the rows of all tenants are gone: TRUNCATE asks no policy.',
  instead: 'Delete by a backfill, tenant by tenant, or drop the table in the contract.',
  *find(change, { world }) {
    if (change.kind !== 'truncate') return;
    for (const table of change.tables) {
      if (!isNew(world.table(table))) yield `${shown(table)}, ${sizeOf(world.table(table))}`;
    }
  },
};

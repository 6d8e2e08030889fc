import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew, sizeOf } from '../world.js';

export const rowsInSchemaPlane: LintRule = {
  id: 'rows-in-schema-plane',
  title: 'A file of the schema plane changes rows',
  severity: 'error',
  consequence:
    'Under FORCE with no tenant bound it changes no row and says so to nobody; where it does, it locks rows of all tenants in one transaction.',
  instead: 'backfill.sql: one tenant and one batch at a time, resumable, bound by the runner.',
  *find(change, { world }) {
    if (change.kind === 'write' && !isNew(world.table(change.table))) {
      yield `${change.verb} on ${shown(change.table)}, ${sizeOf(world.table(change.table))}`;
    }
  },
};

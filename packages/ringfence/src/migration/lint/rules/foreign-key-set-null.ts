import { foreignKeys } from '../foreign-keys.js';
import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const foreignKeySetNull: LintRule = {
  id: 'foreign-key-set-null',
  title: 'ON DELETE SET NULL would null tenant_id as well',
  severity: 'error',
  consequence:
    'The row loses its tenant, or the parent cannot be deleted because tenant_id is NOT NULL.',
  instead: 'ON DELETE SET NULL (x_id): PostgreSQL 15 lets the column be named.',
  *find(change) {
    for (const { table, constraint } of foreignKeys(change)) {
      const { columns, onDelete } = constraint;
      if (!onDelete?.sets || !columns.includes('tenant_id')) continue;
      if (onDelete.columns.length > 0 && !onDelete.columns.includes('tenant_id')) continue;
      yield `(${columns.join(', ')}) of ${shown(table)}`;
    }
  },
};

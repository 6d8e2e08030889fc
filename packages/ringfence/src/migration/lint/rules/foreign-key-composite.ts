import { foreignKeys } from '../foreign-keys.js';
import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { holdsTenant, isTenantTable } from '../world.js';

export const foreignKeyComposite: LintRule = {
  id: 'foreign-key-composite',
  title: 'A foreign key between tenant tables leaves the tenant out',
  severity: 'error',
  consequence:
    'It is checked beneath row-level security: a row may point at the row of another tenant, and tells that it is there.',
  instead: 'FOREIGN KEY (tenant_id, x_id) REFERENCES x (tenant_id, id)',
  *find(change, { world }) {
    for (const { table, constraint } of foreignKeys(change)) {
      const { parent, columns, parentColumns = [] } = constraint;
      if (!parent || isTenantTable(world.table(parent)) === false) continue;
      const own =
        change.kind === 'create table'
          ? holdsTenant(change.columns)
          : isTenantTable(world.table(table));
      if (own === false) continue;
      const at = columns.indexOf('tenant_id');
      if (at >= 0 && (parentColumns[at] ?? 'tenant_id') === 'tenant_id') continue;
      yield `(${columns.join(', ')}) of ${shown(table)} points at ${shown(parent)}`;
    }
  },
};

import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { inPrimaryKey } from '../world.js';

export const tenantColumn: LintRule = {
  id: 'tenant-column',
  title: 'A new table does not belong to tenants',
  severity: 'error',
  consequence:
    'Without `tenant_id uuid NOT NULL` no policy can tell whose row it is: every tenant sees all of them, or nobody any.',
  instead:
    'Write the table with tenantTableSql() of ringfence/sql. A table of the platform gets a line that says so.',
  *atEnd(world) {
    for (const { madeBy, ref, columns, derived, partitionOf } of world.newTables()) {
      if (!madeBy || partitionOf) continue;
      const column = columns.get('tenant_id');
      if (derived && !column)
        yield { statement: madeBy, evidence: `${shown(ref)} takes its columns from elsewhere` };
      else if (!column) yield { statement: madeBy, evidence: `${shown(ref)} has no tenant_id` };
      else if (column.type !== 'uuid')
        yield { statement: madeBy, evidence: `${shown(ref)}.tenant_id is ${column.type}` };
      else if (!column.notNull && !inPrimaryKey(world, ref)) {
        yield { statement: madeBy, evidence: `${shown(ref)}.tenant_id may be NULL` };
      }
    }
  },
};

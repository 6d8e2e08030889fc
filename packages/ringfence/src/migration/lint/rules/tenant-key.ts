import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const tenantKey: LintRule = {
  id: 'tenant-key',
  title: 'The primary key of a new tenant table does not begin with tenant_id',
  severity: 'error',
  consequence:
    'A tenant can tell from a refused id that another one has it, and no composite foreign key can point here.',
  instead: 'PRIMARY KEY (tenant_id, id)',
  *atEnd(world) {
    for (const { madeBy, ref, constraints, derived, partitionOf } of world.newTables()) {
      if (!madeBy || derived || partitionOf) continue;
      const key = constraints.find(({ change }) => change.kind === 'primary')?.change;
      if (key?.columns[0] === 'tenant_id' && key.columns.length > 1) continue;
      const found = key ? `is (${key.columns.join(', ')})` : 'is missing';
      yield { statement: madeBy, evidence: `the primary key of ${shown(ref)} ${found}` };
    }
  },
};

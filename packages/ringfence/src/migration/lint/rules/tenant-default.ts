import { calledFunctions } from '../read-column.js';
import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const tenantDefault: LintRule = {
  id: 'tenant-default',
  title: 'tenant_id of a new table is not filled from the context',
  severity: 'error',
  consequence:
    'Code has to name the tenant at every insert: what forgets it fails, and what takes it from a request may name another one.',
  instead: 'DEFAULT ringfence.current_tenant_id()',
  *atEnd(world) {
    for (const { madeBy, ref, columns } of world.newTables()) {
      const column = columns.get('tenant_id');
      if (!madeBy || !column) continue;
      if (calledFunctions(column.default).includes('ringfence.current_tenant_id')) continue;
      yield {
        statement: madeBy,
        evidence: `${shown(ref)}.tenant_id has no default from the context`,
      };
    }
  },
};

import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const tenantRls: LintRule = {
  id: 'tenant-rls',
  title: 'A new tenant table has no row-level security',
  severity: 'error',
  consequence:
    'Every tenant reads and writes the rows of all of them, from the moment the table is there.',
  instead: 'ALTER TABLE … ENABLE ROW LEVEL SECURITY, in the same file.',
  *atEnd(world) {
    for (const { madeBy, ref, rowSecurity } of world.newTables()) {
      if (madeBy && !rowSecurity.has('enabled')) {
        yield { statement: madeBy, evidence: `${shown(ref)} is never enabled` };
      }
    }
  },
};

import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';

export const tenantRlsForced: LintRule = {
  id: 'tenant-rls-forced',
  title: 'Row-level security of a new table is not forced',
  severity: 'error',
  consequence:
    'The owner of the table passes its policies: migrations, backfills and definer functions reach the rows of all tenants.',
  instead: 'ALTER TABLE … FORCE ROW LEVEL SECURITY, in the same file.',
  *atEnd(world) {
    for (const { madeBy, ref, rowSecurity } of world.newTables()) {
      if (madeBy && rowSecurity.has('enabled') && !rowSecurity.has('forced')) {
        yield { statement: madeBy, evidence: `${shown(ref)} is enabled and not forced` };
      }
    }
  },
};

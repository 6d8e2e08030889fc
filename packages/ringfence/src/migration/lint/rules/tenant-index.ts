import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isTenantTable } from '../world.js';

export const tenantIndex: LintRule = {
  id: 'tenant-index',
  title: 'An index of a tenant table does not begin with tenant_id',
  severity: 'error',
  consequence:
    'Row-level security adds tenant_id = … to every query: an index that does not begin with it reads the rows of all tenants to find those of one.',
  instead: 'Put tenant_id in front. An index that only the platform uses gets a line that says so.',
  *find(change, { world }) {
    if (change.kind !== 'create index' || change.columns[0] === 'tenant_id') return;
    if (isTenantTable(world.table(change.table)) === false) return;
    yield `${shown(change.table)} (${change.columns.map((each) => each ?? 'expression').join(', ')})`;
  },
};

import type { Check } from '../check.js';
import { partObject } from '../objects.js';
import { isOpaque, uniqueFix } from '../tenant-keys.js';

export const uniqueAcrossTenants: Check = {
  id: 'unique-across-tenants',
  title: 'A unique key leaves the tenant out',
  severity: 'medium',
  consequence:
    'A collision tells that another tenant has the value, and takes it away from this one.',
  *run(survey) {
    for (const table of survey.tenantTables) {
      const tenant = survey.tenantColumn(table);
      if (
        !tenant ||
        survey.holders(table, 'INSERT').length + survey.holders(table, 'UPDATE').length === 0
      )
        continue;
      for (const index of survey.indexes(table)) {
        if (!index.unique || index.columns.includes(tenant.name)) continue;
        if (index.definition.includes(`(${tenant.name}`) || table.partition) continue;
        if (index.columns.every((name) => (name === null ? false : isOpaque(survey, table, name))))
          continue;
        yield {
          object: partObject(index.constraint ? 'constraint' : 'index', table, index.name),
          evidence: index.definition,
          ...uniqueFix(survey, table, index.name),
        };
      }
    }
  },
};

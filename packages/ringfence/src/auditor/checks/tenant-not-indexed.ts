import type { Check } from '../check.js';
import { relationObject, sqlColumn, sqlName } from '../objects.js';

export const tenantNotIndexed: Check = {
  id: 'tenant-not-indexed',
  title: 'No index is led by the tenant column',
  severity: 'medium',
  consequence:
    'Every query reads the rows of all tenants: a timing channel, and a neighbour that is heard.',
  *run(survey) {
    if (survey.unread.has('indexes')) return;
    for (const table of survey.tenantTables) {
      const column = survey.tenantColumn(table);
      if (!column || !table.rls || survey.reachers(table).length === 0) continue;
      if (table.partitionKey?.includes(column.name)) continue;
      const indexes = survey.indexes(table);
      if (
        indexes.some(
          ({ columns, valid }) => (valid || table.kind === 'p') && columns[0] === column.name,
        )
      )
        continue;
      yield {
        object: relationObject(table),
        evidence: `${indexes.length} indexes, none led by ${column.name}`,
        fix: `CREATE INDEX ON ${sqlName(table)} (${sqlColumn(column.name)});`,
      };
    }
  },
};

import type { Check } from '../check.js';
import { relationObject, sqlColumn, sqlName } from '../objects.js';

export const tenantColumnNullable: Check = {
  id: 'tenant-column-nullable',
  title: 'The tenant column may be NULL',
  severity: 'low',
  consequence: 'A row can belong to nobody, and whatever treats NULL kindly shows it to everybody.',
  *run(survey) {
    for (const table of survey.tenantTables) {
      const column = survey.tenantColumn(table);
      if (!column || column.notNull || column.generated || survey.reachers(table).length === 0)
        continue;
      yield {
        object: relationObject(table),
        evidence: `${column.name} ${column.type} has no NOT NULL`,
        fix: `ALTER TABLE ${sqlName(table)} ALTER COLUMN ${sqlColumn(column.name)} SET NOT NULL;`,
      };
    }
  },
};

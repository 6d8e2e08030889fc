import type { Check } from '../check.js';
import { relationObject } from '../objects.js';

export const tenantColumnNoDefault: Check = {
  id: 'tenant-column-no-default',
  title: 'The tenant column has no default from the context',
  severity: 'low',
  consequence: 'Every INSERT depends on the application naming the right tenant.',
  *run(survey) {
    for (const table of survey.tenantTables) {
      const column = survey.tenantColumn(table);
      if (!column || column.default !== null || column.generated) continue;
      if (survey.holders(table, 'INSERT').length === 0 || table.parents.length > 0) continue;
      yield { object: relationObject(table), evidence: `${column.name} has no default` };
    }
  },
};

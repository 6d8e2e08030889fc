import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';
import { updates } from '../survey-updates.js';

export const tenantColumnUpdatable: Check = {
  id: 'tenant-column-updatable',
  title: 'The application may update the tenant column',
  severity: 'info',
  consequence: 'Wherever a WITH CHECK is lax, a row can be moved into another tenant.',
  *run(survey) {
    for (const table of survey.tenantTables) {
      const column = survey.tenantColumn(table);
      if (!column) continue;
      const holders = survey.personas.filter((persona) =>
        updates(survey, table, column.acl, persona),
      );
      if (holders.length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `UPDATE covers ${column.name} for ${who(holders)}`,
      };
    }
  },
};

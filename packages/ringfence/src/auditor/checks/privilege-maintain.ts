import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';
import { revoke } from '../tenant-data.js';

export const privilegeMaintain: Check = {
  id: 'privilege-maintain',
  title: 'The application may maintain a tenant table',
  severity: 'low',
  consequence: 'LOCK, CLUSTER and REINDEX stop the table for every tenant.',
  *run(survey) {
    for (const table of survey.tables) {
      if (survey.isGlobal(table) || (!survey.tenantColumn(table) && !table.rls)) continue;
      const holders = survey
        .holders(table, 'MAINTAIN')
        .filter((each) => !survey.rights.owns(each, table.owner));
      if (holders.length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `MAINTAIN for ${who(holders)}`,
        fix: revoke(table, 'MAINTAIN'),
      };
    }
  },
};

import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';
import { revoke } from '../tenant-data.js';

export const privilegeTruncate: Check = {
  id: 'privilege-truncate',
  title: 'The application may TRUNCATE a tenant table',
  severity: 'critical',
  consequence:
    'TRUNCATE is not subject to row-level security: one tenant empties the table for all.',
  *run(survey) {
    for (const table of survey.tables) {
      if (survey.isGlobal(table) || (!survey.tenantColumn(table) && !table.rls)) continue;
      const holders = survey
        .holders(table, 'TRUNCATE')
        .filter((each) => !survey.rights.owns(each, table.owner));
      if (holders.length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `TRUNCATE for ${who(holders)}`,
        fix: revoke(table, 'TRUNCATE'),
      };
    }
  },
};

import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';
import { revoke } from '../tenant-data.js';

export const privilegeTrigger: Check = {
  id: 'privilege-trigger',
  title: 'The application may put triggers on a tenant table',
  severity: 'critical',
  consequence: 'Its code then runs with the rights of every other role that writes the table.',
  *run(survey) {
    for (const table of survey.tables) {
      if (survey.isGlobal(table) || (!survey.tenantColumn(table) && !table.rls)) continue;
      const holders = survey
        .holders(table, 'TRIGGER')
        .filter((each) => !survey.rights.owns(each, table.owner));
      if (holders.length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `TRIGGER for ${who(holders)}`,
        fix: revoke(table, 'TRIGGER'),
      };
    }
  },
};

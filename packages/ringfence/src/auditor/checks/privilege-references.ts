import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';
import { revoke } from '../tenant-data.js';

export const privilegeReferences: Check = {
  id: 'privilege-references',
  title: 'The application may reference a tenant table',
  severity: 'medium',
  consequence: 'A foreign key to it tells whether a hidden row exists.',
  *run(survey) {
    for (const table of survey.tables) {
      if (survey.isGlobal(table) || (!survey.tenantColumn(table) && !table.rls)) continue;
      const holders = survey
        .holders(table, 'REFERENCES')
        .filter((each) => !survey.rights.owns(each, table.owner));
      if (holders.length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `REFERENCES for ${who(holders)}`,
        fix: revoke(table, 'REFERENCES'),
      };
    }
  },
};

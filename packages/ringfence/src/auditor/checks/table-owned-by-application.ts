import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';

export const tableOwnedByApplication: Check = {
  id: 'table-owned-by-application',
  title: 'A tenant table belongs to a role that the application can be',
  severity: 'critical',
  consequence: 'Its policies do not apply unless forced, and can be dropped by any injected SQL.',
  *run(survey) {
    for (const table of survey.tables) {
      if (survey.isGlobal(table) || (!survey.tenantColumn(table) && !table.rls)) continue;
      const roles = survey.subjects.filter((role) => survey.rights.memberOf(role).has(table.owner));
      if (roles.length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `owner ${table.owner}, which ${who(roles)} is or can become${table.forced ? '' : '; not forced'}`,
      };
    }
  },
};

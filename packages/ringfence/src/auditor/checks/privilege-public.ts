import type { Check } from '../check.js';
import { relationObject, sqlName } from '../objects.js';

export const privilegePublic: Check = {
  id: 'privilege-public',
  title: 'A tenant table is granted to PUBLIC',
  severity: 'medium',
  consequence: 'Every login of the database, present or future, can use it.',
  *run(survey) {
    for (const table of survey.tables) {
      if (survey.isGlobal(table) || (!survey.tenantColumn(table) && !table.rls)) continue;
      const held = table.acl
        .filter(({ grantee }) => grantee === '')
        .map(({ privilege }) => privilege);
      if (held.length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `${held.join(', ')} for PUBLIC`,
        fix: `REVOKE ALL ON ${sqlName(table)} FROM PUBLIC;`,
      };
    }
  },
};

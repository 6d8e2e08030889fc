import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';
import { protect } from '../tenant-data.js';

export const rlsOff: Check = {
  id: 'rls-off',
  title: 'Row-level security is off on a tenant table',
  severity: 'critical',
  consequence: "Every tenant's rows are open to whoever may use the table at all.",
  *run(survey) {
    for (const table of survey.tenantTables) {
      const reachers = survey.reachers(table);
      if (table.rls || reachers.length === 0 || table.parents.length > 0) continue;
      if (survey.policies(table).length > 0) continue;
      yield {
        object: relationObject(table),
        evidence: `relrowsecurity is false; reachable as ${who(reachers)}`,
        fix: protect(survey, table),
      };
    }
  },
};

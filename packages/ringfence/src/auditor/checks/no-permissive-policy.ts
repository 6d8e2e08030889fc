import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';

export const noPermissivePolicy: Check = {
  id: 'no-permissive-policy',
  title: 'Row-level security is on, but nothing permits a row',
  severity: 'low',
  consequence: 'The table is an outage that invites a BYPASSRLS role as its "fix".',
  *run(survey) {
    if (survey.unread.has('policies')) return;
    for (const table of survey.tables) {
      if (!table.rls || survey.isGlobal(table)) continue;
      const policies = survey.policies(table);
      if (policies.some(({ permissive }) => permissive)) continue;
      if (survey.reachers(table).length === 0) continue;
      yield {
        object: relationObject(table),
        evidence:
          policies.length === 0
            ? 'no policy'
            : `only restrictive policies (${who(policies.map(({ name }) => name))})`,
      };
    }
  },
};

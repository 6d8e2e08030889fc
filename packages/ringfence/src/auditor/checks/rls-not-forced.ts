import type { Check } from '../check.js';
import { relationObject, sqlName } from '../objects.js';

export const rlsNotForced: Check = {
  id: 'rls-not-forced',
  title: 'Row-level security is not forced',
  severity: 'medium',
  consequence:
    'The owner passes the policies, and with it every view and SECURITY DEFINER function of the owner.',
  *run(survey) {
    for (const table of survey.tables) {
      if (!table.rls || table.forced || survey.isGlobal(table)) continue;
      if (!survey.tenantColumn(table) && survey.policies(table).length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `relforcerowsecurity is false; owner ${table.owner}`,
        fix: `ALTER TABLE ${sqlName(table)} FORCE ROW LEVEL SECURITY;`,
      };
    }
  },
};

import type { Check } from '../check.js';
import { relationObject, sqlName, who } from '../objects.js';

export const rlsDisabledWithPolicies: Check = {
  id: 'rls-disabled-with-policies',
  title: 'Policies exist but row-level security is not enabled',
  severity: 'critical',
  consequence: "The policies are ignored: every tenant's rows are open.",
  *run(survey) {
    for (const table of survey.tables) {
      const policies = survey.policies(table);
      if (table.rls || policies.length === 0 || survey.isGlobal(table)) continue;
      yield {
        object: relationObject(table),
        evidence: `${policies.length} policies (${who(policies.map(({ name }) => name))}), relrowsecurity is false`,
        fix: `ALTER TABLE ${sqlName(table)} ENABLE ROW LEVEL SECURITY;\nALTER TABLE ${sqlName(table)} FORCE ROW LEVEL SECURITY;`,
      };
    }
  },
};

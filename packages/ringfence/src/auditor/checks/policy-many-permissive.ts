import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';
import { policySet } from '../policy-set.js';

export const policyManyPermissive: Check = {
  id: 'policy-many-permissive',
  title: 'Several permissive policies answer one command',
  severity: 'low',
  consequence: 'They are OR-ed: each must be strict, and no index serves them all.',
  *run(survey) {
    for (const table of survey.tenantTables) {
      if (!table.rls) continue;
      for (const persona of survey.reachers(table)) {
        const set = policySet(survey.policies(table), survey.rights, persona, 'SELECT', 'using');
        const different = new Set(set.permissive.map(({ using }) => using));
        if (different.size < 2) continue;
        yield {
          object: relationObject(table),
          evidence: `SELECT as ${persona}: ${who(set.permissive.map(({ name }) => name))}`,
        };
        break;
      }
    }
  },
};

import type { Check } from '../check.js';
import { relationObject } from '../objects.js';

export const policyByUserName: Check = {
  id: 'policy-by-user-name',
  title: 'A policy depends on the database user',
  severity: 'critical',
  consequence: 'All tenants come through one login, so the policy is the same for all of them.',
  *run(survey) {
    for (const table of survey.tenantTables) {
      if (!table.rls || survey.reachers(table).length === 0) continue;
      for (const { name, permissive, using, check } of survey.policies(table)) {
        const text = `${using ?? ''} ${check ?? ''}`;
        if (!permissive || !/\b(CURRENT_USER|SESSION_USER|CURRENT_ROLE|USER)\b/.test(text))
          continue;
        yield { object: relationObject(table), evidence: `policy ${name}: ${text.trim()}` };
        break;
      }
    }
  },
};

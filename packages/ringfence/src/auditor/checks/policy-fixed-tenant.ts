import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyFixedTenant: Check = {
  id: 'policy-fixed-tenant',
  title: 'A policy opens the rows of one tenant that it names',
  severity: 'high',
  consequence: 'Every tenant may change the rows of that one, which all of them may see.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter((each) => breadth(each) === 'fixed');
      const writes = open.filter(({ command }) => command !== 'SELECT');
      const [worst] = [...writes, ...open];
      if (!worst) continue;
      yield {
        object: relationObject(table),
        evidence: `true for a row of the tenant in the policy: ${describeOpening(worst)}`,
        ...(writes.length === 0
          ? {
              severity: 'info' as const,
              consequence: 'Every tenant reads the rows of that one; make sure that it is nobody.',
            }
          : {}),
      };
    }
  },
};

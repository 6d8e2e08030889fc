import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policySharedWritable: Check = {
  id: 'policy-shared-writable',
  title: 'Rows shared for reading can be changed by every tenant',
  severity: 'high',
  consequence: 'Any tenant can alter or delete what all tenants see.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter(
        (each) => each.phase === 'using' && each.command !== 'SELECT' && breadth(each) === 'shared',
      );
      const [worst] = open;
      if (!worst) continue;
      yield {
        object: relationObject(table),
        evidence: `true for a shared row of another tenant: ${describeOpening(worst)}`,
      };
    }
  },
};

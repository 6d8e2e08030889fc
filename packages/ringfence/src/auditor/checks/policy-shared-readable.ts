import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policySharedReadable: Check = {
  id: 'policy-shared-readable',
  title: 'A policy shares flagged rows with all tenants',
  severity: 'info',
  consequence: 'Whoever sets the flag publishes the row; make sure that is meant.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter(
        (each) => each.command === 'SELECT' && breadth(each) === 'shared',
      );
      const [worst] = open;
      if (!worst) continue;
      yield { object: relationObject(table), evidence: describeOpening(worst) };
    }
  },
};

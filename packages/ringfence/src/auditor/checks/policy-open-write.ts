import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyOpenWrite: Check = {
  id: 'policy-open-write',
  title: 'A policy lets a role write rows into another tenant',
  severity: 'high',
  consequence: 'Rows can be planted in, or pushed into, another tenant.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter(
        (each) => each.phase === 'check' && ['all', 'flagged', 'shared'].includes(breadth(each)),
      );
      const [worst] = open;
      if (!worst || !survey.tenantColumn(table)) continue;
      yield {
        object: relationObject(table),
        evidence: `true for a row of another tenant: ${describeOpening(worst)}`,
      };
    }
  },
};

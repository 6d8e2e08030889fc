import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyOpenBlind: Check = {
  id: 'policy-open-blind',
  title: "A policy lets a role change or delete other tenants' rows",
  severity: 'critical',
  consequence:
    'An UPDATE or DELETE that reads no column meets this policy alone, and reaches every tenant.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter(
        (each) =>
          each.phase === 'using' &&
          (each.command === 'UPDATE' || each.command === 'DELETE') &&
          ['all', 'flagged'].includes(breadth(each)),
      );
      const [worst] = open;
      if (!worst) continue;
      yield {
        object: relationObject(table),
        evidence: `true for a row of another tenant: ${describeOpening(worst)}`,
      };
    }
  },
};

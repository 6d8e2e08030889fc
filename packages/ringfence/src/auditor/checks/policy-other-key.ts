import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyOtherKey: Check = {
  id: 'policy-other-key',
  title: 'A policy opens rows by another id than their tenant',
  severity: 'high',
  consequence: 'Whoever carries that id changes the row, in whichever tenant it is.',
  *run(survey) {
    for (const table of survey.tenantTables) {
      const open = openings(survey, table).filter(
        (each) =>
          breadth(each) === 'none' &&
          each.judgement.holes.some(({ context }) => context === 'other-key'),
      );
      const writes = open.filter(({ command }) => command !== 'SELECT');
      const [worst] = [...writes, ...open];
      if (!worst) continue;
      yield {
        object: relationObject(table),
        evidence: `true for a row of another tenant with the id of a setting: ${describeOpening(worst)}`,
        ...(writes.length === 0
          ? {
              severity: 'low' as const,
              consequence: 'Whoever carries that id reads the row, in whichever tenant it is.',
            }
          : {}),
      };
    }
  },
};

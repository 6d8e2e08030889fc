import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';
import { belongsBecause } from '../tenant-data.js';

export const policyOpenRead: Check = {
  id: 'policy-open-read',
  title: "A policy lets a role read other tenants' rows",
  severity: 'critical',
  consequence: 'One tenant reads the rows of another.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter(
        (each) => each.command === 'SELECT' && ['all', 'flagged'].includes(breadth(each)),
      );
      const [worst] = open;
      if (!worst) continue;
      const doubtful = !survey.tenantColumn(table) && belongsBecause(survey, table) === null;
      yield {
        object: relationObject(table),
        evidence: `true for a row of another tenant: ${describeOpening(worst)}; as ${who(open.map(({ persona }) => persona))}`,
        ...(doubtful
          ? {
              severity: 'info' as const,
              consequence: 'If it holds rows of tenants, all of them can be read.',
            }
          : {}),
      };
    }
  },
};

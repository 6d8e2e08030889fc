import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyOrphanRows: Check = {
  id: 'policy-orphan-rows',
  title: 'Rows without a tenant are visible to every tenant',
  severity: 'high',
  consequence: 'A forgotten tenant column publishes the row.',
  *run(survey) {
    for (const table of survey.tables) {
      const all = openings(survey, table).filter(({ judgement }) =>
        judgement.holes.some(({ row }) => row === 'orphan'),
      );
      const reads = all.filter(
        (each) => each.command === 'SELECT' && ['orphan', 'none'].includes(breadth(each)),
      );
      const writes = all.filter(({ phase }) => phase === 'check');
      const [worst] = reads;
      if (!worst) continue;
      // Only a SELECT policy shows them and no tenant can make one: shared on purpose.
      const always = worst.judgement.holes.some(({ context }) => context === 'other');
      if (always && writes.length === 0) continue;
      yield {
        object: relationObject(table),
        severity: always ? 'high' : 'medium',
        evidence: `true for a row whose tenant is NULL: ${describeOpening(worst)}`,
      };
    }
  },
};

import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyFailOpen: Check = {
  id: 'policy-fail-open',
  title: 'A policy is true when there is no tenant context',
  severity: 'critical',
  consequence:
    'A connection that forgot its context, or was just taken from the pool, reaches every tenant.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter(
        (each) =>
          breadth(each) === 'none' &&
          each.judgement.holes.some(
            ({ row, context }) => row !== 'orphan' && (context === 'unset' || context === 'empty'),
          ),
      );
      const [worst] = open;
      if (!worst) continue;
      const contexts = new Set(worst.judgement.holes.map(({ context }) => context));
      yield {
        object: relationObject(table),
        evidence: `true with the context ${[...contexts].join(', ')}: ${describeOpening(worst)}`,
      };
    }
  },
};

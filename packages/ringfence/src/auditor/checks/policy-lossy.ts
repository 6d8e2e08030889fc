import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyLossy: Check = {
  id: 'policy-lossy',
  title: 'A policy takes different tenants for the same',
  severity: 'critical',
  consequence:
    "A context that is not the row's tenant passes: by a prefix, a pattern or another letter case.",
  *run(survey) {
    for (const table of survey.tables) {
      const lossy = ['similar', 'pattern', 'case'];
      const open = openings(survey, table).filter(
        (each) =>
          breadth(each) === 'none' &&
          each.judgement.holes.some(
            ({ row, context }) => row !== 'orphan' && lossy.includes(context),
          ),
      );
      const [worst] = open;
      if (!worst) continue;
      const hole = worst.judgement.holes.find(({ context }) => lossy.includes(context));
      yield {
        object: relationObject(table),
        ...(hole?.context === 'case' ? { severity: 'high' as const } : {}),
        evidence: `true for another tenant (${hole?.context}): ${describeOpening(worst)}`,
      };
    }
  },
};

import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyBypassSetting: Check = {
  id: 'policy-bypass-setting',
  title: 'A policy can be opened by a setting',
  severity: 'critical',
  consequence: 'Any SQL that the role runs can set it and so reach every tenant.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter(
        (each) =>
          breadth(each) === 'none' &&
          each.judgement.holes.some(({ context }) => context === 'forged'),
      );
      const [worst] = open;
      if (!worst) continue;
      yield {
        object: relationObject(table),
        evidence: `true once another setting is forged: ${describeOpening(worst)}`,
      };
    }
  },
};

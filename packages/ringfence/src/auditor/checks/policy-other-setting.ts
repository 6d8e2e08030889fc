import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';

export const policyOtherSetting: Check = {
  id: 'policy-other-setting',
  title: 'A policy reads another setting than the rest of the database',
  severity: 'medium',
  consequence: 'The binder never sets it: an outage, or a second, forgotten way to name a tenant.',
  *run(survey) {
    for (const table of survey.tables) {
      const open = openings(survey, table).filter(
        (each) =>
          breadth(each) === 'none' &&
          each.judgement.holes.some(({ context }) => context === 'other-setting') &&
          !each.judgement.holes.some(({ context }) => context === 'forged'),
      );
      const [worst] = open;
      if (!worst) continue;
      yield {
        object: relationObject(table),
        evidence: `does not follow ${survey.tenancy.setting}: ${describeOpening(worst)}`,
      };
    }
  },
};

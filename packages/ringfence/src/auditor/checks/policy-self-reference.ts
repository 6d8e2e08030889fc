import type { Check } from '../check.js';
import { deparsed, escaped, relationObject } from '../objects.js';

export const policySelfReference: Check = {
  id: 'policy-self-reference',
  title: 'A policy queries its own table',
  severity: 'medium',
  consequence:
    'Infinite recursion: an outage whose usual "fix" is a function that bypasses the policy.',
  *run(survey) {
    for (const table of survey.tables) {
      const own = new RegExp(`\\b(FROM|JOIN) (ONLY )?\\(*${escaped(deparsed(table))}\\b`);
      for (const { name, using, check } of survey.policies(table)) {
        if (!own.test(`${using} ${check}`)) continue;
        yield { object: relationObject(table), evidence: `policy ${name} reads the table itself` };
        break;
      }
    }
  },
};

import type { Check } from '../check.js';
import { relationObject } from '../objects.js';

export const policyNameCapture: Check = {
  id: 'policy-name-capture',
  title: 'A policy compares a column with itself',
  severity: 'critical',
  consequence: 'An unqualified name was bound to the inner table: the condition is always true.',
  *run(survey) {
    for (const table of survey.tables) {
      for (const { name, using, check } of survey.policies(table)) {
        const same = /((?:\w+|"[^"]+")\.(?:\w+|"[^"]+")) = \1(?![\w."])/.exec(`${using} ${check}`);
        if (!same) continue;
        yield { object: relationObject(table), evidence: `policy ${name}: ${same[0]}` };
        break;
      }
    }
  },
};

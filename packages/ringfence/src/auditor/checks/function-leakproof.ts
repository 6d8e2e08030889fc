import type { Check } from '../check.js';
import { routineObject, sqlSignature } from '../objects.js';

export const functionLeakproof: Check = {
  id: 'function-leakproof',
  title: "A function of one's own is marked LEAKPROOF",
  severity: 'high',
  consequence: "It is evaluated before the policies and sees every tenant's rows.",
  *run(survey) {
    for (const routine of survey.catalog.functions) {
      if (!routine.leakproof || routine.extension) continue;
      yield {
        object: routineObject(routine),
        evidence: 'proleakproof',
        fix: `ALTER FUNCTION ${sqlSignature(routine)} NOT LEAKPROOF;`,
      };
    }
  },
};

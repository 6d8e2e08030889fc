import type { Check } from '../check.js';
import { secretIn } from '../definer-code.js';
import { routineObject } from '../objects.js';

export const functionSecret: Check = {
  id: 'function-secret',
  title: 'A secret stands in the source of a function',
  severity: 'high',
  consequence: 'pg_proc.prosrc is readable by everybody.',
  *run(survey) {
    for (const routine of survey.catalog.functions) {
      if (routine.extension) continue;
      const secret = secretIn(routine.body);
      if (secret === null) continue;
      yield { object: routineObject(routine), evidence: `its source holds ${secret}` };
    }
  },
};

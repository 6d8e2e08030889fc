import type { Check } from '../check.js';
import { setsContext } from '../definer-code.js';
import { routineObject, who } from '../objects.js';

export const functionSetsContext: Check = {
  id: 'function-sets-context',
  title: 'A function lets its caller choose the tenant',
  severity: 'high',
  consequence: 'Whoever may call it becomes any tenant.',
  *run(survey) {
    for (const routine of survey.catalog.functions) {
      if (routine.extension || survey.proven || survey.callers(routine).length === 0) continue;
      const setting = setsContext(survey, routine);
      if (setting === null) continue;
      const refuses = /\braise\s+exception\b/i.test(routine.body);
      yield {
        object: routineObject(routine),
        ...(refuses ? { severity: 'low' as const } : {}),
        evidence: `sets ${setting} to a value of its caller; callable as ${who(survey.callers(routine))}`,
      };
    }
  },
};

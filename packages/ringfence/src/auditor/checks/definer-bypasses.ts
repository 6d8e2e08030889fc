import type { Check } from '../check.js';
import { bodyLeak, checksTenant, definers, isNarrowLookup } from '../definer-code.js';
import { routineObject, sqlSignature, who } from '../objects.js';

export const definerBypasses: Check = {
  id: 'definer-bypasses',
  title: "A SECURITY DEFINER function reaches tenants' rows past their policies",
  severity: 'critical',
  consequence: 'Whoever may call it acts on every tenant.',
  *run(survey) {
    for (const routine of definers(survey)) {
      const callers = survey.callers(routine);
      if (callers.length === 0 || routine.returns === 'trigger') continue;
      const leak = bodyLeak(survey, routine);
      if (!leak || checksTenant(survey, routine, leak.table) || isNarrowLookup(survey, routine))
        continue;
      yield {
        object: routineObject(routine),
        evidence: `runs as ${routine.owner}, ${leak.why} on ${leak.table.schema}.${leak.table.name}; callable as ${who(callers)}`,
        fix: `ALTER FUNCTION ${sqlSignature(routine)} SECURITY INVOKER;`,
      };
    }
  },
};

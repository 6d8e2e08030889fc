import type { Check } from '../check.js';
import { buildsUnsafely, definers, reachable } from '../definer-code.js';
import { routineObject } from '../objects.js';

export const definerDynamicSql: Check = {
  id: 'definer-dynamic-sql',
  title: 'A SECURITY DEFINER function builds SQL from text',
  severity: 'critical',
  consequence: "An argument becomes SQL that runs with the owner's rights.",
  *run(survey) {
    for (const routine of definers(survey)) {
      if (!reachable(survey, routine)) continue;
      const built = /\bexecute\s+(?!function|procedure|on\b)([^;]*)/gi;
      const unsafe = [...routine.body.matchAll(built)].find(([, sql]) => buildsUnsafely(sql ?? ''));
      if (!unsafe) continue;
      yield {
        object: routineObject(routine),
        evidence: unsafe[0].replaceAll(/\s+/g, ' ').slice(0, 200),
      };
    }
  },
};

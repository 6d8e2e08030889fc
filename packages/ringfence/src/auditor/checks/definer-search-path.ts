import type { Check } from '../check.js';
import { definers, reachable, readsTables, searchPath } from '../definer-code.js';
import { routineObject, sqlSignature } from '../objects.js';

export const definerSearchPath: Check = {
  id: 'definer-search-path',
  title: 'A SECURITY DEFINER function has no fixed search_path',
  severity: 'critical',
  consequence: 'The caller decides what its names mean, for example with a temporary table.',
  *run(survey) {
    for (const routine of definers(survey)) {
      if (routine.bound || !['sql', 'plpgsql'].includes(routine.language)) continue;
      if (searchPath(routine) !== undefined || !reachable(survey, routine)) continue;
      yield {
        object: routineObject(routine),
        severity: readsTables(routine) ? 'critical' : 'high',
        evidence: 'SECURITY DEFINER, no search_path in proconfig',
        fix: `ALTER FUNCTION ${sqlSignature(routine)} SET search_path = pg_catalog, pg_temp;`,
      };
    }
  },
};

import type { Check } from '../check.js';
import { definers, reachable, searchPath, unqualifiedTables } from '../definer-code.js';
import { routineObject, sqlSignature, who } from '../objects.js';

export const definerTempFirst: Check = {
  id: 'definer-temp-first',
  title: 'A SECURITY DEFINER function searches temporary tables first',
  severity: 'critical',
  consequence:
    'pg_temp is searched first unless it is listed last: a temporary table takes the place of a real one.',
  *run(survey) {
    for (const routine of definers(survey)) {
      const path = searchPath(routine);
      if (path === undefined || routine.bound || /pg_temp"?\s*$/.test(path)) continue;
      if (!reachable(survey, routine) || unqualifiedTables(routine).length === 0) continue;
      yield {
        object: routineObject(routine),
        evidence: `search_path = ${path}; unqualified: ${who(unqualifiedTables(routine))}`,
        fix: `ALTER FUNCTION ${sqlSignature(routine)} SET search_path = ${path === '""' || path === '' ? '' : `${path}, `}pg_temp;`,
      };
    }
  },
};

import type { Check } from '../check.js';
import { bodyLeak, checksTenant } from '../definer-code.js';
import { routineObject, sqlSignature } from '../objects.js';

export const definerTrigger: Check = {
  id: 'definer-trigger',
  title: 'A SECURITY DEFINER trigger touches rows without naming their tenant',
  severity: 'critical',
  consequence: 'A write of one tenant changes rows of another.',
  *run(survey) {
    for (const trigger of survey.catalog.triggers) {
      const routine = survey.routine(trigger.function);
      const table = survey.relation(trigger.relation);
      if (!routine?.definer || !table || !trigger.enabled || survey.reachers(table).length === 0)
        continue;
      const leak = bodyLeak(survey, routine);
      if (!leak || checksTenant(survey, routine, leak.table)) continue;
      yield {
        object: routineObject(routine),
        evidence: `trigger ${trigger.name} of ${table.schema}.${table.name} runs as ${routine.owner}, ${leak.why} on ${leak.table.schema}.${leak.table.name}`,
        fix: `ALTER FUNCTION ${sqlSignature(routine)} SECURITY INVOKER;`,
      };
    }
  },
};

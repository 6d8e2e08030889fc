import type { Check } from '../check.js';
import { relationObject, routineObject, sqlSignature } from '../objects.js';
import { readsContext } from '../tenant-data.js';

export const policyImmutableFunction: Check = {
  id: 'policy-immutable-function',
  title: 'The context function of a policy is IMMUTABLE',
  severity: 'critical',
  consequence: 'The first tenant is folded into cached plans and served to the next.',
  *run(survey) {
    for (const table of survey.tables) {
      const used = survey.policies(table).flatMap(({ functions }) => functions);
      for (const routine of used.flatMap((oid) => survey.routine(oid) ?? [])) {
        if (routine.volatility !== 'i' || !readsContext(routine)) continue;
        const evidence = `${routine.schema}.${routine.name}(${routine.arguments}) is IMMUTABLE and reads the context`;
        const fix = `ALTER FUNCTION ${sqlSignature(routine)} STABLE;`;
        yield { object: relationObject(table), evidence, fix };
        yield { object: routineObject(routine), evidence, fix };
      }
    }
  },
};

import type { Check } from '../check.js';
import { relationObject, sqlSignature } from '../objects.js';

export const policyVolatileFunction: Check = {
  id: 'policy-volatile-function',
  title: 'The context function of a policy is VOLATILE',
  severity: 'medium',
  consequence: 'It runs once per row, and no index can use it.',
  *run(survey) {
    for (const table of survey.tables) {
      const used = survey.policies(table).flatMap(({ functions }) => functions);
      for (const routine of used.flatMap((oid) => survey.routine(oid) ?? [])) {
        if (routine.volatility !== 'v' || routine.extension) continue;
        const evidence = `${routine.schema}.${routine.name}(${routine.arguments}) is VOLATILE`;
        yield {
          object: relationObject(table),
          evidence,
          fix: `ALTER FUNCTION ${sqlSignature(routine)} STABLE;`,
        };
        break;
      }
    }
  },
};

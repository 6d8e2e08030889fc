import type { Check } from '../check.js';
import { escaped, relationObject } from '../objects.js';
import { readsContext } from '../tenant-data.js';

export const policyPerRowFunction: Check = {
  id: 'policy-per-row-function',
  title: 'The context is read by a function once per row',
  severity: 'low',
  consequence: 'Wherever no index condition takes it, a scan pays for the function on every row.',
  *run(survey) {
    for (const table of survey.tables) {
      const policies = survey.policies(table);
      const used = policies.flatMap(({ functions }) => functions);
      for (const routine of used.flatMap((oid) => survey.routine(oid) ?? [])) {
        if (routine.arguments !== '' || routine.volatility !== 's' || !readsContext(routine))
          continue;
        // Inlined when it is plain SQL and not SECURITY DEFINER.
        if (routine.language === 'sql' && !routine.definer && routine.config.length === 0) continue;
        const call = escaped(`${routine.name}()`);
        const bare = new RegExp(`(?<!SELECT (?:\\w+\\.|"[^"]+"\\.)?)(?:\\b|")${call}`);
        const policy = policies.find(({ using, check }) =>
          bare.test(`${using ?? ''} ${check ?? ''}`),
        );
        if (!policy) continue;
        yield {
          object: relationObject(table),
          severity: routine.config.length === 0 ? 'medium' : 'low',
          evidence: `policy ${policy.name} calls ${routine.schema}.${routine.name}() outside of a (SELECT …)`,
        };
      }
    }
  },
};

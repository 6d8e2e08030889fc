import type { Check } from '../check.js';
import { relationObject, who } from '../objects.js';
import { loosely } from '../tenant-data.js';

export const policyMutableReference: Check = {
  id: 'policy-mutable-reference',
  title: 'A policy trusts a table that the application may write',
  severity: 'critical',
  consequence: 'A tenant can grant itself membership of another tenant.',
  *run(survey) {
    for (const table of survey.tables) {
      if (!table.rls || survey.isGlobal(table)) continue;
      for (const policy of survey.policies(table)) {
        for (const oid of policy.relations) {
          const reference = survey.relation(oid);
          if (!reference || reference.oid === table.oid) continue;
          const writers = loosely(survey, reference);
          if (writers.length === 0 || !policy.permissive) continue;
          const evidence = `policy ${policy.name} reads ${reference.schema}.${reference.name}, which ${who(writers)} may write`;
          yield { object: relationObject(table), evidence };
          yield { object: relationObject(reference), evidence };
        }
      }
    }
  },
};

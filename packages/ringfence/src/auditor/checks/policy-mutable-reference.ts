import type { Policy, Relation } from '../catalog.js';
import type { Check } from '../check.js';
import { bodyTables } from '../definer-code.js';
import { relationObject, who } from '../objects.js';
import type { Survey } from '../survey.js';
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
        for (const reference of trusted(survey, policy)) {
          if (reference.oid === table.oid) continue;
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

/** What a policy reads, itself or through its functions. */
function trusted(survey: Survey, { relations, functions }: Policy): Relation[] {
  const direct = relations.flatMap((oid) => survey.relation(oid) ?? []);
  const routines = functions.flatMap((oid) => survey.routine(oid) ?? []);
  const through = routines.flatMap((routine) => [...bodyTables(survey, routine)]);
  return [...new Set([...direct, ...through])];
}

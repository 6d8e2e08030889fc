import type { Relation } from '../catalog.js';
import type { Check } from '../check.js';
import { relationObject, routineObject, sqlSignature, who } from '../objects.js';

export const policyHelperUnpinned: Check = {
  id: 'policy-helper-unpinned',
  title: 'A function that a policy trusts has no fixed search_path',
  severity: 'high',
  consequence:
    'Names inside it are resolved by whoever calls: they can be shadowed, and the policy with them.',
  *run(survey) {
    const affected = new Map<string, Relation[]>();
    for (const table of survey.tables) {
      for (const oid of new Set(survey.policies(table).flatMap(({ functions }) => functions))) {
        affected.set(oid, [...(affected.get(oid) ?? []), table]);
      }
    }
    for (const [oid, tables] of affected) {
      const routine = survey.routine(oid);
      if (
        !routine ||
        routine.bound ||
        routine.extension ||
        !['sql', 'plpgsql'].includes(routine.language)
      )
        continue;
      if (routine.config.some((each) => each.startsWith('search_path='))) continue;
      const fix = `ALTER FUNCTION ${sqlSignature(routine)} SET search_path = pg_catalog, pg_temp;`;
      yield {
        object: routineObject(routine),
        evidence: `no search_path in proconfig; used by policies of ${who(tables.map(({ name }) => name))}`,
        fix,
      };
      for (const table of tables) {
        yield {
          object: relationObject(table),
          evidence: `its policies call ${routine.schema}.${routine.name}(${routine.arguments}), which has no fixed search_path`,
          fix,
        };
      }
    }
  },
};

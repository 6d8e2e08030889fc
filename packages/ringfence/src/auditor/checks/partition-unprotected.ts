import type { Check } from '../check.js';
import { relationObject, sqlName, who } from '../objects.js';
import { grantees } from '../tenant-data.js';

export const partitionUnprotected: Check = {
  id: 'partition-unprotected',
  title: 'A partition or inheriting table is reachable without row-level security',
  severity: 'critical',
  consequence:
    "Policies of the parent are not inherited: addressed directly, the child shows every tenant's rows.",
  *run(survey) {
    for (const table of survey.tenantTables) {
      const reachers = survey.reachers(table);
      if (table.rls || reachers.length === 0 || table.parents.length === 0) continue;
      const parents = table.parents.flatMap((oid) => survey.relation(oid)?.name ?? []);
      yield {
        object: relationObject(table),
        evidence: `child of ${parents.join(', ')}, relrowsecurity is false; reachable as ${who(reachers)}`,
        fix: `REVOKE ALL ON ${sqlName(table)} FROM ${grantees(table)};`,
      };
    }
  },
};

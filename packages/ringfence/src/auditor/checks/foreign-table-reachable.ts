import type { Check } from '../check.js';
import { relationObject, sqlName, who } from '../objects.js';
import { grantees } from '../tenant-data.js';

export const foreignTableReachable: Check = {
  id: 'foreign-table-reachable',
  title: 'The application can use a foreign table',
  severity: 'high',
  consequence: "Row-level security cannot exist on it: the remote login's rows are everybody's.",
  *run(survey) {
    for (const table of survey.catalog.relations) {
      if (table.kind !== 'f' || survey.isGlobal(table)) continue;
      const reachers = survey.reachers(table);
      if (reachers.length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `foreign table reachable as ${who(reachers)}`,
        fix: `REVOKE ALL ON ${sqlName(table)} FROM ${grantees(table)};`,
      };
    }
  },
};

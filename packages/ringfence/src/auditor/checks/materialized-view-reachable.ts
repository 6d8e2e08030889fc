import type { Check } from '../check.js';
import { relationObject, sqlName, who } from '../objects.js';
import { baseTables, belongsBecause, grantees } from '../tenant-data.js';

export const materializedViewReachable: Check = {
  id: 'materialized-view-reachable',
  title: "The application can read a materialized view of tenants' rows",
  severity: 'critical',
  consequence:
    "It was built with its owner's rights and cannot have row-level security: every tenant's rows are in it.",
  *run(survey) {
    for (const view of survey.catalog.relations) {
      if (view.kind !== 'm' || view.extension || survey.isGlobal(view)) continue;
      const reachers = survey.holders(view, 'SELECT');
      const sources = baseTables(survey, view).filter((table) => !survey.isGlobal(table));
      const tenants = sources.filter(
        (table) => survey.tenantColumn(table) || belongsBecause(survey, table) !== null,
      );
      if (reachers.length === 0 || tenants.length === 0) continue;
      yield {
        object: relationObject(view),
        evidence: `reads ${who(tenants.map(({ name }) => name))}; SELECT for ${who(reachers)}`,
        fix: `REVOKE ALL ON ${sqlName(view)} FROM ${grantees(view)};`,
      };
    }
  },
};

import type { Check } from '../check.js';
import { relationObject, sqlName, who } from '../objects.js';
import { grantees } from '../tenant-data.js';

export const statisticsReadable: Check = {
  id: 'statistics-readable',
  title: 'pg_stat_statements is readable by the application',
  severity: 'low',
  consequence: "First-seen texts of all tenants' statements may hold their values.",
  *run(survey) {
    for (const view of survey.catalog.relations) {
      if (view.name !== 'pg_stat_statements' || !view.extension) continue;
      const holders = survey.holders(view, 'SELECT');
      if (holders.length === 0) continue;
      yield {
        object: relationObject(view),
        evidence: `SELECT for ${who(holders)}`,
        fix: `REVOKE SELECT ON ${sqlName(view)} FROM ${grantees(view)};`,
      };
    }
  },
};

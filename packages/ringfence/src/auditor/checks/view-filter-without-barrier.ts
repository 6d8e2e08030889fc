import type { Check } from '../check.js';
import { definerLeaks, filtersByContext, isOn } from '../definer-code.js';
import { relationObject, sqlName } from '../objects.js';

export const viewFilterWithoutBarrier: Check = {
  id: 'view-filter-without-barrier',
  title: 'A view filters tenants without security_barrier',
  severity: 'high',
  consequence: 'A cheap function in a WHERE clause sees the rows before the filter does.',
  *run(survey) {
    for (const view of survey.catalog.relations) {
      if (view.kind !== 'v' || view.extension || survey.reachers(view).length === 0) continue;
      if (isOn(view, 'security_barrier') || !filtersByContext(survey, view.definition ?? ''))
        continue;
      const [leak] = definerLeaks(survey, view);
      if (!leak) continue;
      yield {
        object: relationObject(view),
        evidence: `its WHERE clause is all that isolates ${leak.table.schema}.${leak.table.name} (${leak.why}); security_barrier is not set`,
        fix: `ALTER VIEW ${sqlName(view)} SET (security_barrier = true);`,
      };
    }
  },
};

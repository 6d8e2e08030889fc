import type { Check } from '../check.js';
import { definerLeaks, filtersByContext } from '../definer-code.js';
import { relationObject, sqlName } from '../objects.js';

export const viewDefiner: Check = {
  id: 'view-definer',
  title: "A view shows rows with its owner's rights",
  severity: 'critical',
  consequence: "The caller's policies do not apply: every tenant's rows pass through it.",
  *run(survey) {
    for (const view of survey.catalog.relations) {
      if (
        view.kind !== 'v' ||
        view.extension ||
        survey.isGlobal(view) ||
        survey.reachers(view).length === 0
      )
        continue;
      const leaking = definerLeaks(survey, view);
      const [leak] = leaking;
      if (!leak || filtersByContext(survey, leak.through.definition ?? '')) continue;
      const chain =
        leak.through.oid === view.oid ? '' : ` through ${leak.through.schema}.${leak.through.name}`;
      yield {
        object: relationObject(view),
        evidence: `reads ${leak.table.schema}.${leak.table.name}${chain} as ${leak.through.owner}, ${leak.why}`,
        fix: `ALTER VIEW ${sqlName(leak.through)} SET (security_invoker = true);`,
      };
    }
  },
};

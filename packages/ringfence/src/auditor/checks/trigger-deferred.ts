import type { Check } from '../check.js';
import { withoutTexts } from '../harmless.js';
import { partObject } from '../objects.js';

export const triggerDeferred: Check = {
  id: 'trigger-deferred',
  title: 'A trigger is evaluated at COMMIT',
  severity: 'medium',
  consequence: 'It sees the rows of whatever tenant context is set then.',
  *run(survey) {
    for (const trigger of survey.catalog.triggers) {
      const table = survey.relation(trigger.relation);
      if (!table || !trigger.deferrable || !trigger.enabled || !survey.tenantColumn(table))
        continue;
      const body = survey.routine(trigger.function)?.body ?? '';
      if (!/\b(from|update|into)\b/i.test(withoutTexts(body))) continue;
      yield {
        object: partObject('trigger', table, trigger.name),
        evidence: 'DEFERRABLE constraint trigger whose function reads or writes tables',
      };
    }
  },
};

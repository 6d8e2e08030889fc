import type { Check } from '../check.js';
import { routineObject, sqlSignature } from '../objects.js';
import { contextSettings } from '../tenant-data.js';

export const functionFixedContext: Check = {
  id: 'function-fixed-context',
  title: 'A function carries a tenant context in its definition',
  severity: 'medium',
  consequence: 'The context is swapped silently while it runs.',
  *run(survey) {
    const settings = new Set(
      survey.catalog.policies.flatMap((policy) => contextSettings(survey, policy)),
    );
    for (const routine of survey.catalog.functions) {
      const fixed = routine.config.find((each) => {
        const name = (each.split('=')[0] ?? '').toLowerCase();
        return settings.has(name) || /^\w+\.(current_)?(tenant|org|account|workspace)/.test(name);
      });
      if (fixed === undefined || routine.extension) continue;
      const name = fixed.split('=')[0] ?? '';
      yield {
        object: routineObject(routine),
        evidence: `SET ${name} in proconfig`,
        fix: `ALTER FUNCTION ${sqlSignature(routine)} RESET ${name};`,
      };
    }
  },
};

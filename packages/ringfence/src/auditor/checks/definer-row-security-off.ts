import type { Check } from '../check.js';
import { routineObject, sqlSignature } from '../objects.js';

export const definerRowSecurityOff: Check = {
  id: 'definer-row-security-off',
  title: 'A SECURITY DEFINER function switches row_security off',
  severity: 'critical',
  consequence: "It asks for all tenants' rows and gets them, or an error.",
  *run(survey) {
    for (const routine of survey.catalog.functions) {
      if (
        routine.extension ||
        !routine.config.some((each) => /^row_security=(off|false|0|no)$/i.test(each))
      )
        continue;
      yield {
        object: routineObject(routine),
        ...(routine.definer ? {} : { severity: 'low' as const }),
        evidence: 'row_security = off in proconfig',
        fix: `ALTER FUNCTION ${sqlSignature(routine)} RESET row_security;`,
      };
    }
  },
};

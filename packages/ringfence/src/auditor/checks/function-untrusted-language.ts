import type { Check } from '../check.js';
import { routineObject, sqlSignature, who } from '../objects.js';
import { grantees } from '../tenant-data.js';

export const functionUntrustedLanguage: Check = {
  id: 'function-untrusted-language',
  title: 'The application may call a function in an untrusted language',
  severity: 'critical',
  consequence: "It can do whatever the server's operating-system user can.",
  *run(survey) {
    for (const routine of survey.catalog.functions) {
      if (routine.trusted || routine.extension || routine.language === 'sql') continue;
      const callers = survey.callers(routine);
      if (callers.length === 0) continue;
      yield {
        object: routineObject(routine),
        evidence: `LANGUAGE ${routine.language}; callable as ${who(callers)}`,
        fix: `REVOKE EXECUTE ON FUNCTION ${sqlSignature(routine)} FROM ${grantees(routine, 'EXECUTE')};`,
      };
    }
  },
};

import type { Check } from '../check.js';
import { roleObject, sqlRole } from '../objects.js';

export const roleSuperuser: Check = {
  id: 'role-superuser',
  title: 'The application connects as a superuser',
  severity: 'critical',
  consequence: 'Row-level security never applies to a superuser.',
  *run(survey) {
    for (const role of survey.appRoles) {
      if (!survey.rights.role(role)?.superuser) continue;
      yield {
        object: roleObject(role),
        evidence: 'rolsuper',
        fix: `ALTER ROLE ${sqlRole(role)} NOSUPERUSER;`,
      };
    }
  },
};

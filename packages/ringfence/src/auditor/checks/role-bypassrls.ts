import type { Check } from '../check.js';
import { roleObject, sqlRole } from '../objects.js';

export const roleBypassrls: Check = {
  id: 'role-bypassrls',
  title: 'The application role has BYPASSRLS',
  severity: 'critical',
  consequence: 'No policy applies to it.',
  *run(survey) {
    for (const role of survey.appRoles) {
      if (!survey.rights.role(role)?.bypassrls) continue;
      yield {
        object: roleObject(role),
        evidence: 'rolbypassrls',
        fix: `ALTER ROLE ${sqlRole(role)} NOBYPASSRLS;`,
      };
    }
  },
};

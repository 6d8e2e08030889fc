import type { Check } from '../check.js';
import { roleObject, sqlRole, who } from '../objects.js';

export const roleCanBecomeBypassing: Check = {
  id: 'role-can-become-bypassing',
  title: 'The application role can become a role that row-level security does not apply to',
  severity: 'critical',
  consequence: 'One SET ROLE, from any injected SQL, and every tenant is open.',
  *run(survey) {
    for (const role of survey.subjects) {
      const bypassing = [...survey.rights.memberOf(role)].filter((each) =>
        survey.rights.bypasses(each),
      );
      if (bypassing.length === 0) continue;
      yield {
        object: roleObject(role),
        evidence: `member of ${who(bypassing)} (superuser or BYPASSRLS)`,
        fix: bypassing.map((each) => `REVOKE ${sqlRole(each)} FROM ${sqlRole(role)};`).join('\n'),
      };
    }
  },
};

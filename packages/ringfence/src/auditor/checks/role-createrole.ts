import type { Check } from '../check.js';
import { roleObject, sqlRole } from '../objects.js';

export const roleCreaterole: Check = {
  id: 'role-createrole',
  title: 'The application role has CREATEROLE',
  severity: 'critical',
  consequence:
    'Before PostgreSQL 16 it can grant itself the owner of the tables or a BYPASSRLS role.',
  *run(survey) {
    for (const role of survey.subjects) {
      if (
        !survey.personas.some(
          (each) => survey.rights.memberOf(role).has(each) && survey.rights.role(each)?.createrole,
        )
      )
        continue;
      yield {
        object: roleObject(role),
        severity: survey.catalog.version < 160000 ? 'critical' : 'high',
        evidence: 'rolcreaterole',
        fix: `ALTER ROLE ${sqlRole(role)} NOCREATEROLE;`,
      };
    }
  },
};

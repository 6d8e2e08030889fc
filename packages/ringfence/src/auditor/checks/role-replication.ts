import type { Check } from '../check.js';
import { roleObject, sqlRole } from '../objects.js';

export const roleReplication: Check = {
  id: 'role-replication',
  title: 'The application role has REPLICATION',
  severity: 'critical',
  consequence:
    'Logical decoding and base backups read everything; row-level security never applies.',
  *run(survey) {
    for (const role of survey.subjects) {
      if (![...survey.rights.memberOf(role)].some((each) => survey.rights.role(each)?.replication))
        continue;
      yield {
        object: roleObject(role),
        evidence: 'rolreplication',
        fix: `ALTER ROLE ${sqlRole(role)} NOREPLICATION;`,
      };
    }
  },
};

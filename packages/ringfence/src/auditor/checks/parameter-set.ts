import type { Check } from '../check.js';
import { roleObject, sqlRole } from '../objects.js';

export const parameterSet: Check = {
  id: 'parameter-set',
  title: 'The application may set a protected parameter',
  severity: 'high',
  consequence: 'session_replication_role switches triggers and foreign keys off.',
  *run(survey) {
    for (const { name, acl } of survey.catalog.parameters) {
      for (const role of survey.subjects) {
        const held = survey.rights.memberOf(role);
        if (!acl.some(({ grantee }) => grantee === '' || held.has(grantee))) continue;
        yield {
          object: { ...roleObject(role), detail: name },
          severity: name === 'session_replication_role' ? 'high' : 'low',
          evidence: `SET ON PARAMETER ${name}`,
          fix: `REVOKE ALL ON PARAMETER ${name} FROM ${acl.map(({ grantee }) => sqlRole(grantee)).join(', ')};`,
        };
      }
    }
  },
};

import type { Check } from '../check.js';
import { sqlColumn, sqlRole, who } from '../objects.js';
import { driftGuards } from '../tenant-data.js';

export const defaultPrivileges: Check = {
  id: 'default-privileges',
  title: 'Default privileges open future tables to the application',
  severity: 'high',
  consequence: 'A new table is born readable and without row-level security.',
  *run(survey) {
    const guarded = driftGuards(survey).length > 0;
    for (const { role, schema, kind, acl } of survey.catalog.defaults) {
      if (kind !== 'r') continue;
      const open = acl.filter(
        ({ grantee, privilege }) =>
          grantee !== role &&
          (grantee === '' ||
            survey.personas.some((persona) => survey.rights.inherits(persona).has(grantee))) &&
          ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'].includes(privilege),
      );
      if (open.length === 0) continue;
      const rights = who(open.map(({ privilege }) => privilege));
      const receivers = new Set(open.map(({ grantee }) => grantee));
      yield {
        object: { kind: 'default acl', schema: schema ?? '', name: '', role },
        evidence: `tables that ${role} creates: ${rights} to ${who(receivers)}`,
        ...(guarded ? { severity: 'low' as const } : {}),
        fix: [...receivers]
          .map(
            (each) =>
              `ALTER DEFAULT PRIVILEGES FOR ROLE ${sqlRole(role)}${schema === null ? '' : ` IN SCHEMA ${sqlColumn(schema)}`} REVOKE ALL ON TABLES FROM ${sqlRole(each)};`,
          )
          .join('\n'),
      };
    }
  },
};

import type { Check } from '../check.js';
import { roleObject, sqlSignature, who } from '../objects.js';
import { DANGEROUS_FUNCTIONS, HARMLESS_BY_DEFAULT } from '../read-functions.js';
import { grantees } from '../tenant-data.js';

export const dangerousFunction: Check = {
  id: 'dangerous-function',
  title: 'The application may call a function that reaches files or raw pages',
  severity: 'critical',
  consequence: 'It reads the data of all tenants past row-level security.',
  *run(survey) {
    for (const role of survey.subjects) {
      const held = survey.rights.memberOf(role);
      const callable = survey.catalog.functions.filter(
        ({ name, extension, acl }) =>
          extension &&
          new RegExp(DANGEROUS_FUNCTIONS).test(name) &&
          !HARMLESS_BY_DEFAULT.has(name) &&
          acl.some(
            ({ grantee, privilege }) =>
              privilege === 'EXECUTE' &&
              (grantee === '' || (held.has(grantee) && !grantee.startsWith('pg_'))),
          ),
      );
      const [first] = callable;
      if (!first) continue;
      yield {
        object: roleObject(role),
        evidence: `EXECUTE on ${who(callable.map(({ name }) => name))}`,
        fix: callable
          .map(
            (each) =>
              `REVOKE EXECUTE ON FUNCTION ${sqlSignature(each)} FROM ${grantees(each, 'EXECUTE')};`,
          )
          .join('\n'),
      };
    }
  },
};

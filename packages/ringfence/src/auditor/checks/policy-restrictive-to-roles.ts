import type { Check } from '../check.js';
import { relationObject, sqlColumn, sqlName, who } from '../objects.js';

export const policyRestrictiveToRoles: Check = {
  id: 'policy-restrictive-to-roles',
  title: 'Isolation is a restrictive policy for named roles only',
  severity: 'critical',
  consequence:
    'Any other role, and after DROP OWNED (CVE-2026-116311) the named ones too, meets only the open policy.',
  *run(survey) {
    for (const table of survey.tables) {
      const policies = survey.policies(table);
      const named = policies.filter(({ permissive, roles }) => !permissive && !roles.includes(''));
      const open = policies.filter(
        ({ permissive, using }) => permissive && (using === 'true' || using === null),
      );
      const general = policies.some(({ permissive, roles }) => !permissive && roles.includes(''));
      if (!table.rls || named.length === 0 || open.length === 0 || general) continue;
      yield {
        object: relationObject(table),
        evidence: `${who(named.map(({ name }) => name))} is for ${who(named.flatMap(({ roles }) => roles))}; ${who(open.map(({ name }) => name))} permits everything`,
        fix: named
          .map(({ name }) => `ALTER POLICY ${sqlColumn(name)} ON ${sqlName(table)} TO PUBLIC;`)
          .join('\n'),
      };
    }
  },
};

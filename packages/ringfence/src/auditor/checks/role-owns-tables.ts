import type { Check } from '../check.js';
import { roleObject, who } from '../objects.js';

export const roleOwnsTables: Check = {
  id: 'role-owns-tables',
  title: 'The application role is, or can become, an owner of tenant tables',
  severity: 'critical',
  consequence: 'One injected ALTER TABLE or DROP POLICY turns isolation off.',
  *run(survey) {
    for (const role of survey.subjects) {
      const members = survey.rights.memberOf(role);
      const owned = survey.tables.filter(
        (table) =>
          members.has(table.owner) && (survey.tenantColumn(table) !== undefined || table.rls),
      );
      const [first] = owned;
      if (!first) continue;
      const owners = new Set(owned.map(({ owner }) => owner));
      yield {
        object: roleObject(role),
        evidence: `${owners.has(role) ? 'owns' : `member of ${who(owners)}, which owns`} ${owned.length} tables, ${first.schema}.${first.name} first`,
      };
    }
  },
};

import type { Check } from '../check.js';
import { databaseObject, relationObject, who } from '../objects.js';

export const largeObjects: Check = {
  id: 'large-objects',
  title: "Tenants' data is kept in large objects",
  severity: 'high',
  consequence:
    'They have no row-level security: the one application role owns those of all tenants.',
  *run(survey) {
    const owned = survey.catalog.largeObjects.filter(({ owner }) =>
      survey.appRoles.some((role) => survey.rights.memberOf(role).has(owner)),
    );
    if (owned.length > 0) {
      yield {
        object: databaseObject('large objects'),
        evidence: owned.map(({ owner, count }) => `${count} of ${owner}`).join(', '),
      };
    }
    for (const table of survey.tenantTables) {
      const columns = survey.columns(table).filter(({ base }) => base === 'oid' || base === 'lo');
      if (columns.length === 0 || survey.reachers(table).length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `columns of type oid: ${who(columns.map(({ name }) => name))}`,
      };
    }
  },
};

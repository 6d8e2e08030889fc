import type { Check } from '../check.js';
import { who } from '../objects.js';

export const publicationUnfiltered: Check = {
  id: 'publication-unfiltered',
  title: "A publication sends all tenants' rows",
  severity: 'high',
  consequence: 'Row-level security does not apply to what a subscriber receives.',
  *run(survey) {
    for (const { name, allTables, schemas, tables } of survey.catalog.publications) {
      const sent = survey.tenantTables.filter(
        ({ oid, schema }) =>
          allTables ||
          schemas.includes(schema) ||
          tables.some(({ relation, filter }) => relation === oid && filter === null),
      );
      if (sent.length === 0) continue;
      yield {
        object: { kind: 'publication', schema: '', name },
        evidence: `${allTables ? 'FOR ALL TABLES' : 'no row filter'}: ${who(sent.map((each) => `${each.schema}.${each.name}`))}`,
      };
    }
  },
};

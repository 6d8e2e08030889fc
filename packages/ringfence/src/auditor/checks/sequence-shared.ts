import type { Check } from '../check.js';
import { relationObject, sqlName, who } from '../objects.js';
import { grantees } from '../tenant-data.js';

export const sequenceShared: Check = {
  id: 'sequence-shared',
  title: 'All tenants draw from one sequence',
  severity: 'low',
  consequence: "A tenant's own ids tell how much all the others do.",
  *run(survey) {
    for (const sequence of survey.catalog.relations) {
      if (sequence.kind !== 'S' || sequence.extension) continue;
      const table = sequence.ownedBy === null ? undefined : survey.relation(sequence.ownedBy);
      const holders = ['SELECT', 'UPDATE', 'USAGE'].flatMap((each) => [
        ...survey.holders(sequence, each),
      ]);
      const drawn =
        table !== undefined &&
        survey.tenantColumn(table) !== undefined &&
        survey.holders(table, 'INSERT').length > 0;
      if (holders.length > 0 && !(table && survey.isGlobal(table))) {
        yield {
          object: relationObject(sequence),
          evidence: `${table ? `of ${table.schema}.${table.name}; ` : ''}open to ${who(holders)}`,
          fix: `REVOKE ALL ON SEQUENCE ${sqlName(sequence)} FROM ${grantees(sequence)};`,
        };
      }
      if (drawn) {
        yield {
          object: relationObject(table),
          evidence: `numbers from ${sequence.schema}.${sequence.name}`,
        };
      }
    }
  },
};

import type { Check } from '../check.js';
import { relationObject } from '../objects.js';

export const policyReadsTable: Check = {
  id: 'policy-reads-table',
  title: 'A policy looks something up in another table',
  severity: 'info',
  consequence: 'It races with a concurrent change of what it reads.',
  *run(survey) {
    for (const table of survey.tables) {
      for (const { name, relations } of survey.policies(table)) {
        const [read] = relations.flatMap((oid) => survey.relation(oid) ?? []);
        if (!read) continue;
        yield {
          object: relationObject(table),
          evidence: `policy ${name} reads ${read.schema}.${read.name}`,
        };
        break;
      }
    }
  },
};

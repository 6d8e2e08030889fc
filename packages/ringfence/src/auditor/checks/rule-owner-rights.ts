import type { Check } from '../check.js';
import { partObject, relationObject } from '../objects.js';
import { baseTables, leakFor } from '../tenant-data.js';

export const ruleOwnerRights: Check = {
  id: 'rule-owner-rights',
  title: "A rewrite rule runs with its table owner's rights",
  severity: 'critical',
  consequence: "The rule's action reaches rows that the caller's policies hide.",
  *run(survey) {
    for (const rule of survey.catalog.rules) {
      const relation = survey.relation(rule.relation);
      if (!relation || relation.extension || survey.reachers(relation).length === 0) continue;
      const targets = rule.reads.flatMap((oid) => survey.relation(oid) ?? []);
      const leak = targets
        .flatMap((target) => baseTables(survey, target))
        .find((table) => leakFor(survey, table, relation.owner) !== null);
      if (!leak) continue;
      const evidence = `rule ${rule.name} acts on ${leak.schema}.${leak.name} as ${relation.owner}, ${leakFor(survey, leak, relation.owner)}`;
      yield { object: partObject('rule', relation, rule.name), evidence };
      yield { object: relationObject(relation), evidence };
    }
  },
};

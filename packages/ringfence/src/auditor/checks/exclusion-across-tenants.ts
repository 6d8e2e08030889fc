import type { Check } from '../check.js';
import { constraintObject, escaped } from '../objects.js';

export const exclusionAcrossTenants: Check = {
  id: 'exclusion-across-tenants',
  title: 'An exclusion constraint leaves the tenant out',
  severity: 'medium',
  consequence: "Another tenant's row blocks this tenant's, and so tells that it is there.",
  *run(survey) {
    for (const table of survey.tenantTables) {
      const tenant = survey.tenantColumn(table);
      for (const key of survey.constraints(table)) {
        if (key.kind !== 'x' || !tenant || key.inherited) continue;
        const own = new RegExp(`\\b${escaped(tenant.name)}"?(\\)|::\\w+)* WITH =`);
        if (own.test(key.definition)) continue;
        yield { object: constraintObject(table, key), evidence: key.definition };
      }
    }
  },
};

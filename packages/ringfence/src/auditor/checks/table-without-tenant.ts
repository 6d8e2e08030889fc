import type { Check } from '../check.js';
import { relationObject, sqlName, who } from '../objects.js';
import { belongsBecause } from '../tenant-data.js';

export const tableWithoutTenant: Check = {
  id: 'table-without-tenant',
  title: "A table of tenants' data has no tenant column and no row-level security",
  severity: 'critical',
  consequence: 'Its rows belong to tenants, and nothing in the database knows to which.',
  *run(survey) {
    const tenants = new Set(survey.tenantTables.map(({ oid }) => oid));
    for (const table of survey.tables) {
      if (table.rls || survey.tenantColumn(table) || survey.isGlobal(table)) continue;
      if (survey.isRegistry(table) || tenants.size === 0) continue;
      const reachers = survey.reachers(table);
      if (reachers.length === 0) continue;
      const reason = belongsBecause(survey, table);
      const writable = ['INSERT', 'UPDATE', 'DELETE'].some(
        (each) => survey.holders(table, each).length > 0,
      );
      yield {
        object: relationObject(table),
        evidence: `${reason ?? 'no tenant column'}; relrowsecurity is false; reachable as ${who(reachers)}`,
        ...(reason === null
          ? {
              severity: writable ? ('low' as const) : ('info' as const),
              consequence:
                'If it holds rows of tenants, all of them are open; if not, declare it global.',
              fix: `COMMENT ON TABLE ${sqlName(table)} IS '@tenancy:global why it belongs to no tenant';`,
            }
          : // A name is a weaker sign than a key or a payload.
            reason === 'its name says so'
            ? { severity: 'high' as const }
            : {}),
      };
    }
  },
};

import type { Check } from '../check.js';
import { relationObject, sqlName, who } from '../objects.js';
import { grantees } from '../tenant-data.js';

export const registryReadable: Check = {
  id: 'registry-readable',
  title: 'The registry of tenants has no row-level security',
  severity: 'high',
  consequence: 'Any tenant can read the list of customers.',
  *run(survey) {
    for (const table of survey.tables) {
      if (!survey.isRegistry(table) || table.rls || survey.isGlobal(table)) continue;
      const holders = survey.reachers(table);
      if (holders.length === 0) continue;
      yield {
        object: relationObject(table),
        evidence: `relrowsecurity is false; reachable as ${who(holders)}`,
        fix: `REVOKE ALL ON ${sqlName(table)} FROM ${grantees(table)};`,
      };
    }
  },
};

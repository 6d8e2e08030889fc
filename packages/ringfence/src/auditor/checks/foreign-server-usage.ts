import type { Check } from '../check.js';
import { sqlColumn, who } from '../objects.js';
import { grantees } from '../tenant-data.js';

export const foreignServerUsage: Check = {
  id: 'foreign-server-usage',
  title: "The application may use a foreign server with somebody else's login",
  severity: 'critical',
  consequence: 'With a foreign table of its own it reads whatever that login can read.',
  *run(survey) {
    for (const server of survey.catalog.servers) {
      const holders = survey
        .granted(server, 'USAGE')
        .filter((persona) =>
          server.mappings.some((user) => user === '' || survey.rights.inherits(persona).has(user)),
        );
      if (holders.length === 0) continue;
      yield {
        object: { kind: 'server', schema: '', name: server.name },
        evidence: `USAGE for ${who(holders)}; user mapping for ${who(server.mappings)}`,
        fix: `REVOKE USAGE ON FOREIGN SERVER ${sqlColumn(server.name)} FROM ${grantees(server, 'USAGE')};`,
      };
    }
  },
};

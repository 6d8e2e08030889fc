import type { Check } from '../check.js';
import { databaseObject } from '../objects.js';
import { driftGuards } from '../tenant-data.js';

export const noDriftGuard: Check = {
  id: 'no-drift-guard',
  title: 'Nothing forces row-level security on a new table',
  severity: 'medium',
  consequence: 'The next migration that forgets it opens a table, and nothing says so.',
  *run(survey) {
    if (survey.unread.has('event triggers') || survey.unread.has('functions')) return;
    // The library's start-up check refuses a tenant table that is not protected: a guard as well.
    const checkedAtStart = survey.catalog.functions.some(
      ({ schema, name }) => schema === 'ringfence' && name === 'bind',
    );
    if (driftGuards(survey).length > 0 || checkedAtStart || survey.tenantTables.length === 0)
      return;
    yield {
      object: databaseObject(),
      evidence: 'no enabled event trigger on ddl_command_end enables row-level security',
      consequence:
        'The next migration that forgets it opens a table. (An event trigger needs superuser; without one, let this audit run after each deployment.)',
    };
  },
};

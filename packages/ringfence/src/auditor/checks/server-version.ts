import type { Check } from '../check.js';
import { databaseObject } from '../objects.js';

/** The minor release of each major version that holds the fixes of November 2026. */
const FIXED_IN: Readonly<Record<number, number>> = { 15: 20, 16: 16, 17: 12, 18: 6 };

export const serverVersion: Check = {
  id: 'server-version',
  title: 'The server lacks fixes of row-level security',
  severity: 'low',
  consequence: 'Known holes are open: CVE-2026-116311, -120154, -16237, -116327, -14666.',
  *run(survey) {
    const { version } = survey.catalog;
    const fixed = FIXED_IN[Math.floor(version / 10000)];
    if (fixed === undefined || version % 10000 >= fixed) return;
    yield {
      object: databaseObject('server'),
      evidence: `server_version_num ${version}; fixed in ${Math.floor(version / 10000)}.${fixed}`,
    };
  },
};

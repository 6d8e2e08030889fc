import type { Check } from '../check.js';
import { constraintObject } from '../objects.js';
import { tenantForeignKeys, tenantSide, tiedByCheck } from '../tenant-keys.js';

export const foreignKeyMisaligned: Check = {
  id: 'foreign-key-misaligned',
  title: 'A foreign key names the tenant by another column',
  severity: 'high',
  consequence:
    'Composite in form; the column may hold another tenant, or NULL, which is not checked at all.',
  *run(survey) {
    for (const { table, target, key } of tenantForeignKeys(survey)) {
      if (tenantSide(survey, table, target, key) !== 'other') continue;
      if (tiedByCheck(survey, table, target, key)) continue;
      yield { object: constraintObject(table, key), evidence: key.definition };
    }
  },
};

import type { Check } from '../check.js';
import { constraintObject } from '../objects.js';
import {
  compositeFix,
  coveredByComposite,
  isOpaque,
  tenantForeignKeys,
  tenantSide,
} from '../tenant-keys.js';

export const foreignKeyAcrossTenants: Check = {
  id: 'foreign-key-across-tenants',
  title: 'A foreign key between tenant tables leaves the tenant out',
  severity: 'high',
  consequence:
    'A row of one tenant can point at a row of another: foreign-key checks ignore row-level security.',
  *run(survey) {
    for (const { table, target, key } of tenantForeignKeys(survey)) {
      if (tenantSide(survey, table, target, key) !== 'absent') continue;
      if (coveredByComposite(survey, table, target, key)) continue;
      const cascades =
        key.onDelete === 'c' ||
        key.onUpdate === 'c' ||
        key.onDelete === 'n' ||
        key.onDelete === 'd';
      const destroys = key.onDelete === 'c';
      const natural = key.columns.some((name) => !isOpaque(survey, table, name));
      yield {
        object: constraintObject(table, key),
        ...(destroys ? { severity: 'critical' as const } : {}),
        evidence: `${key.definition}${natural ? ' (a natural key: also tells whether a hidden row exists)' : ''}`,
        consequence: destroys
          ? "Deleting a row of one tenant deletes another tenant's rows."
          : cascades
            ? "Changing a row of one tenant changes another tenant's rows."
            : 'A row of one tenant can point at a row of another, and learns that it exists.',
        fix: compositeFix(survey, table, target, key),
      };
    }
  },
};

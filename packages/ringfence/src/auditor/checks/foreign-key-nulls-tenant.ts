import type { Check } from '../check.js';
import { constraintObject, sqlColumn } from '../objects.js';
import { replaceKey, tenantForeignKeys } from '../tenant-keys.js';

export const foreignKeyNullsTenant: Check = {
  id: 'foreign-key-nulls-tenant',
  title: 'ON DELETE SET NULL nulls the tenant column too',
  severity: 'medium',
  consequence: 'The row loses its tenant, or the delete fails.',
  *run(survey) {
    for (const { table, key } of tenantForeignKeys(survey)) {
      const column = survey.tenantColumn(table)?.name;
      if (column === undefined || !key.columns.includes(column) || key.columns.length < 2) continue;
      if (key.onDelete !== 'n' && key.onDelete !== 'd') continue;
      if (key.setColumns.length > 0 && !key.setColumns.includes(column)) continue;
      const rest = key.columns.filter((name) => name !== column);
      yield {
        object: constraintObject(table, key),
        evidence: key.definition,
        fix: replaceKey(
          table,
          key,
          key.definition.replace(
            /SET (NULL|DEFAULT)( \([^)]*\))?/,
            `SET $1 (${rest.map(sqlColumn).join(', ')})`,
          ),
        ),
      };
    }
  },
};

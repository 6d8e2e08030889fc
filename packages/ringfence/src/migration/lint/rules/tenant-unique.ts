import type { ConstraintChange, TableRef } from '../change.js';
import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isTenantTable } from '../world.js';

export const tenantUnique: LintRule = {
  id: 'tenant-unique',
  title: 'A unique key of a tenant table leaves the tenant out',
  severity: 'error',
  consequence:
    'It is checked beneath row-level security: one tenant learns which values another one has, and can take them first.',
  instead: 'Put tenant_id in front: UNIQUE (tenant_id, …).',
  *find(change, { world }) {
    const keys: { table: TableRef; columns: readonly (string | undefined)[] }[] = [];
    if (change.kind === 'create index' && change.unique) keys.push(change);
    if (change.kind === 'add constraint' && isKey(change.constraint)) {
      keys.push({ table: change.table, columns: change.constraint.columns });
    }
    if (change.kind === 'create table' && change.columns.some(({ name }) => name === 'tenant_id')) {
      for (const each of change.constraints.filter(isKey)) {
        if (!each.columns.includes('tenant_id'))
          yield `${shown(change.table)} (${each.columns.join(', ')})`;
      }
    }
    for (const { table, columns } of keys) {
      if (isTenantTable(world.table(table)) === false || columns.includes('tenant_id')) continue;
      yield `${shown(table)} (${columns.map((each) => each ?? 'expression').join(', ')})`;
    }
  },
};

/** A key over an index is judged where the index is made. */
function isKey({ kind, index }: ConstraintChange): boolean {
  return kind === 'unique' && index === undefined;
}

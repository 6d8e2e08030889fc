import { concurrentIndexSql } from './concurrent-index.js';
import { quoteIdentifier, quoteQualified } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';
import { addForeignKeySql, validateForeignKeySql } from './safe-foreign-key.js';
import { refuseBuiltIn, type TenantColumn, updatableColumns } from './tenant-table.js';

/** A file of a migration. */
export interface PlannedFile {
  readonly file: string;
  readonly sql: string;
}

/**
 * Writes the files that add columns to a tenant table that is in use: the columns with their right to be
 * updated, an index for each foreign key built concurrently, the keys for new rows, and their
 * validation. The same end as `tenantColumnsSql`, without its locks.
 *
 * @param columns nullable, or with a constant default: everything else rewrites the table.
 * @throws RingfenceError `IDENTIFIER_INVALID` for an impossible name or a reserved column.
 * @example
 * expandColumnsSql({ name: 'documents' }, [
 *   { name: 'folder_id', type: 'uuid', references: { table: 'folders' } },
 * ]).map(({ file }) => file); // ['expand.sql', 'expand-2.sql', 'expand-3.sql', 'expand-4.sql']
 */
export function expandColumnsSql(
  table: { readonly name: string; readonly schema?: string },
  columns: readonly TenantColumn[],
  roles: RoleNames = roleNames(),
): PlannedFile[] {
  refuseBuiltIn(columns);
  const { name, schema = 'public' } = table;
  const qualified = quoteQualified(schema, name);
  const added = columns.map((each) => `ADD COLUMN ${quoteIdentifier(each.name)} ${each.type}`);
  const updatable = updatableColumns(columns);
  const grant = `GRANT UPDATE (${updatable.join(', ')}) ON ${qualified} TO ${quoteIdentifier(roles.app)};`;
  const keys = columns.flatMap(({ name: column, references }) => {
    if (!references) return [];
    const { table: parent, onDelete } = references;
    const key = { schema, table: name, column, parent, ...(onDelete ? { onDelete } : {}) };
    return [
      concurrentIndexSql({ schema, table: name, columns: [column] }),
      addForeignKeySql(key),
      validateForeignKeySql(key),
    ];
  });
  const first = [
    `ALTER TABLE ${qualified}\n  ${added.join(',\n  ')};`,
    ...(updatable.length > 0 ? [grant] : []),
  ].join('\n');
  return [first, ...keys].map((sql, at) => ({
    file: at === 0 ? 'expand.sql' : `expand-${at + 1}.sql`,
    sql: `${sql}\n`,
  }));
}

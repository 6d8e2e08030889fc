import { quoteIdentifier, quoteQualified } from './identifier.js';
import type { OnDelete } from './tenant-table.js';

/** A foreign key between two tenant tables that stand already. */
export interface SafeForeignKey {
  readonly table: string;
  readonly column: string;
  readonly parent: string;
  /** Of both; default `public`. */
  readonly schema?: string;
  readonly onDelete?: OnDelete;
}

/**
 * Writes the composite foreign key so that it holds for new rows from now on and reads no old ones: a
 * short lock on both tables.
 *
 * @see PostgreSQL manual, ALTER TABLE, "NOT VALID"
 * @example
 * addForeignKeySql({ table: 'documents', column: 'folder_id', parent: 'folders' });
 */
export function addForeignKeySql(key: SafeForeignKey): string {
  const { child, parent, column, name } = names(key);
  const onDelete = key.onDelete ?? 'no action';
  // The bare SET NULL form would null tenant_id too.
  const action = onDelete === 'set null' ? `SET NULL (${column})` : onDelete.toUpperCase();
  return `ALTER TABLE ${child}
  ADD CONSTRAINT ${name} FOREIGN KEY ("tenant_id", ${column})
  REFERENCES ${parent} ("tenant_id", "id") ON DELETE ${action} NOT VALID;`;
}

/**
 * Writes `verify.sql` for it: the rows of the bound tenant whose parent is missing. Run tenant by tenant,
 * it finds and names what the validation would stop at, without a lock.
 */
export function countOrphansSql(key: SafeForeignKey): string {
  const { child, parent, column } = names(key);
  return `SELECT count(*) AS mismatches, '' AS checksum
FROM ${child} AS child
WHERE child.${column} IS NOT NULL AND NOT EXISTS (
  SELECT FROM ${parent} AS parent
  WHERE parent."tenant_id" = child."tenant_id" AND parent."id" = child.${column}
);`;
}

/**
 * Writes the validation where it really sees the rows. Under FORCE the owner sees no row of any tenant,
 * and VALIDATE CONSTRAINT *passes* over orphans. So FORCE is lifted and put back inside one transaction: it
 * holds the lock on both tables, and nobody else ever sees them without it. They can be neither read
 * nor written meanwhile; `ringfence migrate plan` says for how long.
 *
 * @see PostgreSQL manual, 5.9 "Row Security Policies"; ALTER TABLE, "NO FORCE ROW LEVEL SECURITY"
 */
export function validateForeignKeySql(key: SafeForeignKey): string {
  const { child, parent, name } = names(key);
  const tables = child === parent ? [child] : [child, parent];
  return [
    ...tables.map((table) => `ALTER TABLE ${table} NO FORCE ROW LEVEL SECURITY;`),
    `ALTER TABLE ${child} VALIDATE CONSTRAINT ${name};`,
    ...tables.map((table) => `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;`),
  ].join('\n');
}

function names({ schema = 'public', table, column, parent }: SafeForeignKey) {
  return {
    child: quoteQualified(schema, table),
    parent: quoteQualified(schema, parent),
    column: quoteIdentifier(column),
    name: quoteIdentifier(`${table}_${column}_fkey`),
  };
}

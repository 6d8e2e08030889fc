import { quoteIdentifier, quoteQualified } from './identifier.js';

/** A column that shall not be NULL any more. */
export interface NotNullColumn {
  readonly table: string;
  /** Default `public`. */
  readonly schema?: string;
  readonly column: string;
}

/**
 * Writes the three files that make a column NOT NULL without reading the table under a lock that stops
 * everybody: a check that holds for new rows, its validation beside reads and writes, and SET NOT NULL,
 * which believes the validated check. Checks are validated on the rows themselves: row-level security
 * hides none of them, unlike those of a foreign key.
 *
 * @returns the texts in order; each has to be a transaction of its own, or the first one's lock is held
 *   while the second reads the table.
 * @see PostgreSQL manual, ALTER TABLE, "SET NOT NULL"
 * @example
 * const [add, validate, set] = safeNotNullSql({ table: 'documents', column: 'slug' });
 */
export function safeNotNullSql(change: NotNullColumn): [string, string, string] {
  const table = quoteQualified(change.schema ?? 'public', change.table);
  const column = quoteIdentifier(change.column);
  const check = quoteIdentifier(`${change.table}_${change.column}_filled`);
  // SET NOT NULL and DROP CONSTRAINT in one ALTER TABLE would drop first, and then read the whole table.
  return [
    `ALTER TABLE ${table}\n  ADD CONSTRAINT ${check} CHECK (${column} IS NOT NULL) NOT VALID;`,
    `ALTER TABLE ${table} VALIDATE CONSTRAINT ${check};`,
    `ALTER TABLE ${table} ALTER COLUMN ${column} SET NOT NULL;
ALTER TABLE ${table} DROP CONSTRAINT ${check};`,
  ];
}

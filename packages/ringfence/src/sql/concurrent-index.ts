import { quoteIdentifier, quoteQualified } from './identifier.js';

/** An index of a tenant table that stands already. */
export interface ConcurrentIndex {
  readonly table: string;
  /** Default `public`. */
  readonly schema?: string;
  /** `tenant_id` is put in front. */
  readonly columns: readonly string[];
  readonly unique?: boolean;
  /** Default made from the table and the columns, as the generators name them. */
  readonly name?: string;
}

/** The name that {@link concurrentIndexSql} gives. */
export function indexName({ table, columns, unique, name }: ConcurrentIndex): string {
  return name ?? `${table}_${columns.join('_')}_${unique ? 'key' : 'idx'}`;
}

/**
 * Writes a file that builds an index while others read and write, led by `tenant_id`. It is a file of its
 * own: the statement cannot run in a transaction.
 *
 * @throws RingfenceError `IDENTIFIER_INVALID` for an impossible name.
 * @see PostgreSQL manual, CREATE INDEX, "Building Indexes Concurrently"
 * @example
 * concurrentIndexSql({ table: 'documents', columns: ['slug'] });
 */
export function concurrentIndexSql(index: ConcurrentIndex): string {
  const keys = ['tenant_id', ...index.columns].map(quoteIdentifier).join(', ');
  const table = quoteQualified(index.schema ?? 'public', index.table);
  const kind = index.unique ? 'UNIQUE INDEX' : 'INDEX';
  return `-- no-transaction
CREATE ${kind} CONCURRENTLY IF NOT EXISTS ${quoteIdentifier(indexName(index))}
  ON ${table} (${keys});`;
}

/** Writes the unique constraint over a finished unique index: a short lock, no scan. */
export function uniqueFromIndexSql(index: ConcurrentIndex): string {
  const name = quoteIdentifier(indexName({ ...index, unique: true }));
  return `ALTER TABLE ${quoteQualified(index.schema ?? 'public', index.table)}
  ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name};`;
}

import type { Queryable } from '../../sql/index.js';
import type { RepeatableStatement } from './repeatable-statement.js';

/** What CREATE INDEX and REINDEX CONCURRENTLY leave behind when they fail: invalid, but written to. */
const INVALID_INDEXES = `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid
  AND CASE WHEN $1::text IS NOT NULL
    THEN i.indrelid = pg_catalog.to_regclass($2) AND c.relname = $1
    ELSE i.indrelid = (
      SELECT coalesce(x.indrelid, o.oid) FROM pg_catalog.pg_class o
      LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = o.oid
      WHERE o.oid = pg_catalog.to_regclass($2)
    ) AND c.relname ~ '_cc(new|old)[0-9]*$' END
  -- Somebody else builds it at this moment: then it is not left behind.
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_locks l
    WHERE l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
      AND l.relation = i.indrelid AND l.pid <> pg_catalog.pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  )`;

/** The quoted names of indexes that an earlier try of this statement left invalid. */
export async function invalidIndexes(
  client: Queryable,
  { index = null, object }: { index?: string | null; object?: string },
): Promise<string[]> {
  if (object === undefined) return [];
  const { rows } = await client.query<{ name: string }>(INVALID_INDEXES, [index, object]);
  return rows.map(({ name }) => name);
}

/** Drops them, one by one. @returns their names. */
export async function dropInvalidIndexes(
  client: Queryable,
  statement: RepeatableStatement,
): Promise<string[]> {
  const names = await invalidIndexes(client, statement);
  for (const name of names) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  return names;
}

/** Is there an index of this name on another table, or one that is not valid? Then IF NOT EXISTS lied. */
export async function indexStands(
  client: Queryable,
  { index, object }: RepeatableStatement,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     WHERE c.relname = $1 AND i.indrelid = pg_catalog.to_regclass($2) AND i.indisvalid`,
    [index, object],
  );
  return (rowCount ?? 0) > 0;
}

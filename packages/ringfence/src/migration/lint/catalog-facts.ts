import type { Queryable } from '../../sql/index.js';
import type { TableRef } from './change.js';

/** What the database knows of a table that stands already. */
export interface TableFacts {
  readonly schema: string;
  readonly name: string;
  /** As of the last ANALYZE; 0 when it never ran. */
  readonly rows: number;
  /** With indexes and what is stored out of line; as of the last VACUUM or ANALYZE as well. */
  readonly bytes: number;
  readonly columns: readonly {
    readonly name: string;
    /** `varchar`, as the parser names it. */
    readonly type: string;
    /** Of the type: the length of a varchar plus 4; -1 for none. */
    readonly modifier: number;
    readonly notNull: boolean;
  }[];
  readonly constraints: readonly {
    readonly name: string;
    readonly kind: string;
    readonly validated: boolean;
    /** `CHECK ((slug IS NOT NULL))`. */
    readonly definition: string;
    /** Of a foreign key. */
    readonly parent: { readonly schema: string; readonly name: string } | null;
  }[];
  /** The columns of each index, in order; `null` for an expression. */
  readonly indexes: readonly {
    readonly name: string;
    readonly unique: boolean;
    readonly columns: readonly (string | null)[];
  }[];
}

const FACTS = `SELECT n.nspname AS schema, c.relname AS name,
  greatest(c.reltuples, 0)::float8 AS rows,
  (SELECT sum(greatest(part.relpages, 0)) FROM pg_catalog.pg_class part
    WHERE part.oid IN (c.oid, c.reltoastrelid)
      OR part.oid IN (SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid = c.oid)
  )::float8 * pg_catalog.current_setting('block_size')::int AS bytes,
  (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', a.attname, 'type', t.typname, 'modifier', a.atttypmod, 'notNull', a.attnotnull)
      ORDER BY a.attnum), '[]')
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
  (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', k.conname, 'kind', k.contype, 'validated', k.convalidated,
      'definition', pg_catalog.pg_get_constraintdef(k.oid),
      'parent', (SELECT pg_catalog.json_build_object('schema', pn.nspname, 'name', p.relname)
        FROM pg_catalog.pg_class p JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
        WHERE p.oid = k.confrelid))), '[]')
    FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid) AS constraints,
  (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', x.relname, 'unique', i.indisunique, 'columns', (
        SELECT pg_catalog.json_agg(a.attname ORDER BY k.at)
        FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, at)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      ))), '[]')
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    WHERE i.indrelid = c.oid) AS indexes
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS wanted (schema, name)
JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
  AND c.relkind IN ('r', 'p')`;

/**
 * Reads the facts of those tables that stand already. It reads the catalog and no row, and any login may.
 * It asks nothing that locks a table: a question must not wait behind the lock that it is about.
 *
 * @see PostgreSQL manual, 53.11 "pg_class", reltuples
 */
export async function readTableFacts(
  client: Queryable,
  tables: readonly Pick<TableRef, 'schema' | 'name'>[],
): Promise<TableFacts[]> {
  const { rows } = await client.query<TableFacts>(FACTS, [
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  ]);
  return rows;
}

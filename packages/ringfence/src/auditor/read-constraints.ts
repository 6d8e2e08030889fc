import type { Constraint, Index } from './catalog.js';
import { type CatalogReader, OURS } from './catalog-reader.js';

const names = (keys: string, relation: string): string =>
  `ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(${keys}) WITH ORDINALITY AS u (num, at)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = u.num ORDER BY u.at)`;

/** Constraints and indexes, with column names in their order. */
export async function readConstraints(reader: CatalogReader) {
  return {
    constraints: await reader.rows<Constraint>(
      'constraints',
      `SELECT k.conrelid::text AS relation, k.conname::text AS name, k.contype::text AS kind,
        ${names('k.conkey', 'k.conrelid')} AS columns,
        CASE k.contype WHEN 'f' THEN k.confrelid::text END AS target,
        ${names('k.confkey', 'k.confrelid')} AS "targetColumns",
        k.confdeltype::text AS "onDelete", k.confupdtype::text AS "onUpdate",
        ${names('k.confdelsetcols', 'k.conrelid')} AS "setColumns",
        k.conparentid <> 0 AS inherited,
        pg_catalog.pg_get_constraintdef(k.oid) AS definition
      FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE k.contype IN ('p', 'u', 'f', 'x', 'c') AND ${OURS('n')}
      ORDER BY k.conrelid, k.conname`,
    ),
    indexes: await reader.rows<Index>(
      'indexes',
      `SELECT i.indrelid::text AS relation, x.relname::text AS name,
        ARRAY(SELECT a.attname::text FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS k (at)
          LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.at]
            AND a.attnum <> 0 ORDER BY k.at) AS columns,
        i.indisunique AS unique, i.indisvalid AS valid,
        EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid
          AND k.contype IN ('p', 'u', 'x')) AS constraint,
        pg_catalog.pg_get_indexdef(i.indexrelid) AS definition
      FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE ${OURS('n')} ORDER BY i.indrelid, x.relname`,
    ),
  };
}

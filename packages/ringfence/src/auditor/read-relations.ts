import type { Column, Relation, Rule } from './catalog.js';
import { type CatalogReader, grants, OURS } from './catalog-reader.js';

/** What a rewrite rule reads, as an array of oids. */
const readsOf = (rewrite: string): string => `ARRAY(SELECT DISTINCT d.refobjid::text
  FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  AND d.objid = ${rewrite}.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  AND d.refobjid <> ${rewrite}.ev_class)`;

/** The stored ACL, or the default one of its kind. */
const RELATION_ACL = `coalesce(c.relacl, pg_catalog.acldefault(
  CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))`;

/** Tables, views, materialized views, foreign tables, sequences, their columns and rules. */
export async function readRelations(reader: CatalogReader) {
  return {
    relations: await reader.rows<Relation>(
      'tables and views',
      `SELECT c.oid::text, n.nspname::text AS schema, c.relname::text AS name, c.relkind AS kind,
        pg_catalog.pg_get_userbyid(c.relowner)::text AS owner,
        c.relrowsecurity AS rls, c.relforcerowsecurity AS forced, c.relispartition AS partition,
        ARRAY(SELECT i.inhparent::text FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) AS parents,
        CASE c.relkind WHEN 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS "partitionKey",
        coalesce(c.reloptions, '{}') AS options,
        pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
        ${grants(RELATION_ACL)} AS acl,
        EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid
          AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e') AS extension,
        CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS definition,
        coalesce((SELECT ${readsOf('w')} FROM pg_catalog.pg_rewrite w
          WHERE w.ev_class = c.oid AND w.rulename = '_RETURN'), '{}') AS reads,
        (SELECT d.refobjid::text FROM pg_catalog.pg_depend d WHERE c.relkind = 'S' AND d.objid = c.oid
          AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass LIMIT 1) AS "ownedBy"
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ${OURS('n')}
      ORDER BY 2, 3`,
    ),
    columns: await reader.rows<Column>(
      'columns',
      `SELECT a.attrelid::text AS relation, a.attname::text AS name,
        pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
        coalesce(b.typname, t.typname)::text AS base, t.typtype = 'd' AS domain, t.typcategory::text AS category,
        a.attnotnull AS "notNull", a.attidentity <> '' AS identity, a.attgenerated <> '' AS generated,
        pg_catalog.pg_get_expr(f.adbin, f.adrelid) AS default,
        ${grants('a.attacl')} AS acl
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
      LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
      WHERE a.attnum > 0 AND NOT a.attisdropped AND ${OURS('n')}
      ORDER BY a.attrelid, a.attnum`,
    ),
    rules: await reader.rows<Rule>(
      'rules',
      `SELECT w.ev_class::text AS relation, w.rulename::text AS name,
        pg_catalog.pg_get_ruledef(w.oid) AS definition, ${readsOf('w')} AS reads
      FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE w.rulename <> '_RETURN' AND w.ev_enabled <> 'D' AND ${OURS('n')}`,
    ),
  };
}

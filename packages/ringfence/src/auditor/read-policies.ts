import type { Policy } from './catalog.js';
import { type CatalogReader } from './catalog-reader.js';

const refers = (to: string): string => `ARRAY(SELECT DISTINCT d.refobjid::text
  FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
  AND d.objid = p.oid AND d.refclassid = 'pg_catalog.${to}'::pg_catalog.regclass`;

/** Policies with what they depend on; the server's own functions are pinned and do not appear. */
export async function readPolicies(reader: CatalogReader) {
  return {
    policies: await reader.rows<Policy>(
      'policies',
      `SELECT p.polrelid::text AS relation, p.polname::text AS name,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
          WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
        p.polpermissive AS permissive,
        ARRAY(SELECT CASE r WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(r)::text END
          FROM pg_catalog.unnest(p.polroles) AS r) AS roles,
        pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using,
        pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check,
        ${refers('pg_class')} AND d.refobjid <> p.polrelid) AS relations,
        ${refers('pg_proc')}) AS functions
      FROM pg_catalog.pg_policy p ORDER BY p.polrelid, p.polname`,
    ),
  };
}

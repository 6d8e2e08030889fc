import type { Queryable } from 'ringfence/sql';

const RULE = '(tenant_id = ( SELECT ringfence.current_tenant_id() AS current_tenant_id))';

/** One rule per entry: what must hold for every tenant table, as a query for the tables that break it. */
const RULES: Readonly<Record<string, string>> = {
  'has row-level security enabled and forced': `
    SELECT t.name FROM tables t WHERE NOT (t.enabled AND t.forced)`,
  'has the canonical pair of policies and no other': `
    SELECT t.name FROM tables t
    WHERE (SELECT array_agg(format('%s %s %s %s %s %s', p.polname, p.polpermissive, p.polcmd,
        p.polroles::text, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        ORDER BY p.polname) FROM pg_policy p WHERE p.polrelid = t.oid)
      IS DISTINCT FROM ARRAY['tenant_access t * {0} ${RULE} ${RULE}', 'tenant_isolation f * {0} ${RULE} ${RULE}']`,
  'belongs to the owner role': `
    SELECT t.name FROM tables t WHERE t.owner <> 'ringfence_owner'`,
  'has tenant_id uuid NOT NULL with its default from the context': `
    SELECT t.name FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'tenant_id'
    LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
    WHERE a.atttypid <> 'uuid'::regtype OR NOT a.attnotnull
      OR pg_get_expr(d.adbin, t.oid) IS DISTINCT FROM 'ringfence.current_tenant_id()'`,
  'has the primary key (tenant_id, id)': `
    SELECT t.name FROM tables t WHERE NOT EXISTS (SELECT FROM pg_constraint c
      WHERE c.conrelid = t.oid AND c.contype = 'p' AND ${names('c.conkey', 't.oid')} = '{tenant_id,id}')`,
  'refers to tenant tables by composite keys led by tenant_id only': `
    SELECT t.name FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype = 'f'
    WHERE (${names('c.conkey', 't.oid')})[1] <> 'tenant_id' OR (${names('c.confkey', 'c.confrelid')})[1] <> 'tenant_id'
      OR c.confrelid NOT IN (SELECT oid FROM tables)
      OR (c.confdeltype IN ('n', 'd') AND c.confdelsetcols IS NULL) OR c.confupdtype <> 'a' OR NOT c.convalidated`,
  'has every index led by tenant_id': `
    SELECT t.name FROM tables t JOIN pg_index i ON i.indrelid = t.oid
    WHERE (${names('i.indkey', 't.oid')})[1] IS DISTINCT FROM 'tenant_id' OR NOT i.indisvalid`,
  'has an index for every foreign key': `
    SELECT t.name FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype = 'f'
    WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid
      AND (${names('i.indkey', 't.oid')})[1:cardinality(c.conkey)] = ${names('c.conkey', 't.oid')})`,
  'cannot be moved to another tenant or given another id by the application': `
    SELECT t.name FROM tables t WHERE has_column_privilege('ringfence_app', t.oid, 'tenant_id', 'UPDATE')
      OR has_column_privilege('ringfence_app', t.oid, 'id', 'UPDATE')`,
  'grants the application rows and nothing else': `
    SELECT t.name FROM tables t, unnest('{TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS privilege
    WHERE has_table_privilege('ringfence_app', t.oid, privilege)`,
  'grants nothing to everybody, the operator or the auditor': `
    SELECT t.name FROM tables t, LATERAL aclexplode(t.acl) AS g
    WHERE g.grantee = 0 OR pg_get_userbyid(g.grantee) NOT IN ('ringfence_owner', 'ringfence_app')`,
};

function names(keys: string, table: string): string {
  return `(SELECT array_agg(k.attname::text ORDER BY o) FROM unnest(${keys}::int2[]) WITH ORDINALITY AS u(n, o)
    JOIN pg_attribute k ON k.attrelid = ${table} AND k.attnum = u.n)`;
}

/** Every table outside the machinery is held to be a tenant table, but Prisma's ledger. */
const TABLES = `WITH tables AS MATERIALIZED (
  SELECT c.oid, c.relname::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
    pg_get_userbyid(c.relowner) AS owner, c.relacl AS acl
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'ringfence')
    AND n.nspname !~ '^pg_' AND c.relname <> '_prisma_migrations')`;

/** `table: rule` for everything in the database that is not as the design says. */
export async function catalogViolations(client: Queryable): Promise<string[]> {
  const found: string[] = [];
  for (const [rule, query] of Object.entries(RULES)) {
    const { rows } = await client.query<{ name: string }>(`${TABLES} ${query}`);
    found.push(...rows.map(({ name }) => `${name}: ${rule}`));
  }
  return [...new Set(found)].sort();
}

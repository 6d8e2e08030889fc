import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditInTransaction } from '../../src/auditor/audit.js';
import { readShop } from '../../src/auditor/checks/pages.fixture.js';

const CONTEXT = "(SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid)";
const DEFINER = (body: string, rest = ''): string =>
  `GRANT USAGE ON SCHEMA shop TO shop_backup; GRANT ALL ON shop.tasks, shop.projects TO shop_backup;
  CREATE FUNCTION shop.f(p text) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp ${rest} AS $f$${body}$f$;
  ALTER FUNCTION shop.f(text) OWNER TO shop_backup; REVOKE ALL ON FUNCTION shop.f(text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION shop.f(text) TO shop_app`;
const POLICY = (using: string): string => `ALTER POLICY tenant ON shop.tasks USING (${using})`;
const SPLIT = (rest: string): string =>
  `DROP POLICY tenant ON shop.tasks; CREATE POLICY s ON shop.tasks FOR SELECT USING (tenant_id = ${CONTEXT}); ${rest}`;

/** Other ways to have the same holes, each with one finding that must be there. */
const VARIANTS: readonly (readonly [what: string, sql: string, key: string])[] = [
  [
    'inheritance',
    `CREATE TABLE shop.old () INHERITS (shop.tasks); ALTER TABLE shop.old DISABLE ROW LEVEL SECURITY; GRANT SELECT ON shop.old TO shop_app`,
    'partition-unprotected/table/shop/old',
  ],
  [
    'LIKE',
    `CREATE TABLE shop.copy (LIKE shop.tasks INCLUDING ALL); ALTER TABLE shop.copy DISABLE ROW LEVEL SECURITY; GRANT SELECT ON shop.copy TO shop_app`,
    'rls-off/table/shop/copy',
  ],
  [
    'NULL is shared',
    `ALTER TABLE shop.tasks DROP CONSTRAINT tasks_pkey; ALTER TABLE shop.tasks ALTER tenant_id DROP NOT NULL; ${POLICY(`tenant_id IS NULL OR tenant_id = ${CONTEXT}`)}`,
    'policy-orphan-rows/table/shop/tasks',
  ],
  [
    'registry without an own name for the tenant',
    `CREATE TABLE shop.organizations (id uuid PRIMARY KEY, billing text); ALTER TABLE shop.organizations DISABLE ROW LEVEL SECURITY; GRANT SELECT ON shop.organizations TO shop_app`,
    'registry-readable/table/shop/organizations',
  ],
  ['tautology', POLICY('tenant_id IS NOT NULL'), 'policy-open-read/table/shop/tasks'],
  ['self comparison', POLICY('tenant_id = tenant_id'), 'policy-open-read/table/shop/tasks'],
  [
    'empty context',
    POLICY(`current_setting('app.current_tenant_id', true) = '' OR tenant_id = ${CONTEXT}`),
    'policy-fail-open/table/shop/tasks',
  ],
  [
    'lax WITH CHECK',
    SPLIT(
      `CREATE POLICY u ON shop.tasks FOR UPDATE USING (tenant_id = ${CONTEXT}) WITH CHECK (true)`,
    ),
    'policy-open-write/table/shop/tasks',
  ],
  [
    'lax UPDATE',
    SPLIT(
      `CREATE POLICY u ON shop.tasks FOR UPDATE USING (true) WITH CHECK (tenant_id = ${CONTEXT})`,
    ),
    'policy-open-blind/table/shop/tasks',
  ],
  [
    'restrictive for another role',
    `CREATE ROLE shop_other; DROP POLICY tenant ON shop.tasks; CREATE POLICY base ON shop.tasks USING (true); CREATE POLICY iso ON shop.tasks AS RESTRICTIVE TO shop_other USING (tenant_id = ${CONTEXT})`,
    'policy-open-read/table/shop/tasks',
  ],
  [
    'recursion',
    POLICY(
      `tenant_id IN (SELECT t.tenant_id FROM shop.tasks t WHERE t.title = current_setting('app.user', true))`,
    ),
    'policy-self-reference/table/shop/tasks',
  ],
  [
    'CURRENT_USER',
    `ALTER TABLE shop.tasks ADD owner_role text; ${POLICY('owner_role = CURRENT_USER')}`,
    'policy-by-user-name/table/shop/tasks',
  ],
  [
    'per row',
    `CREATE FUNCTION shop.t() RETURNS uuid LANGUAGE plpgsql STABLE AS $$BEGIN RETURN nullif(current_setting('app.current_tenant_id',true),'')::uuid; END$$; ${POLICY('tenant_id = shop.t()')}`,
    'policy-per-row-function/table/shop/tasks',
  ],
  [
    'not distinct',
    `ALTER TABLE shop.tasks DROP CONSTRAINT tasks_pkey; ALTER TABLE shop.tasks ALTER tenant_id DROP NOT NULL; ${POLICY(`tenant_id IS NOT DISTINCT FROM ${CONTEXT}`)}`,
    'policy-orphan-rows/table/shop/tasks',
  ],
  [
    'cut to varchar(8)',
    POLICY(`tenant_id::varchar(8) = current_setting('app.current_tenant_id', true)::varchar(8)`),
    'policy-lossy/table/shop/tasks',
  ],
  [
    'CASE',
    `ALTER TABLE shop.tasks ADD kind text; ${POLICY(`CASE WHEN kind = 'private' THEN tenant_id = ${CONTEXT} ELSE true END`)}`,
    'policy-open-read/table/shop/tasks',
  ],
  [
    'CASE on the context',
    POLICY(
      `CASE WHEN current_setting('app.current_tenant_id', true) <> '' THEN tenant_id = ${CONTEXT} ELSE true END`,
    ),
    'policy-fail-open/table/shop/tasks',
  ],
  [
    'unprotected parent',
    `CREATE TABLE shop.parents (id uuid PRIMARY KEY); ALTER TABLE shop.parents DISABLE ROW LEVEL SECURITY; COMMENT ON TABLE shop.parents IS '@tenancy:global x'; GRANT SELECT ON shop.parents TO shop_app; ${POLICY('EXISTS (SELECT 1 FROM shop.parents p WHERE p.id = tasks.project_id)')}`,
    'policy-without-context/table/shop/tasks',
  ],
  [
    'letter case',
    `ALTER TABLE shop.tasks ADD tenant_slug text; ${POLICY(`lower(tenant_slug) = lower(current_setting('app.current_tenant', true))`)}`,
    'policy-lossy/table/shop/tasks',
  ],
  [
    'helper without path',
    `CREATE FUNCTION shop.t() RETURNS uuid LANGUAGE sql STABLE AS $$SELECT nullif(current_setting('app.current_tenant_id',true),'')::uuid$$; ${POLICY('tenant_id = (SELECT shop.t())')}`,
    'policy-helper-unpinned/function/shop/t',
  ],
  ['CREATE for PUBLIC', 'GRANT CREATE ON SCHEMA shop TO PUBLIC', 'schema-create/schema/shop/shop'],
  [
    'server programs',
    'GRANT pg_execute_server_program TO shop_app',
    'role-predefined/role/shop_app/pg_execute_server_program',
  ],
  [
    'database default',
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.current_tenant_id = %L', current_database(), 'x'); END $$`,
    'setting-tenant-default/database',
  ],
  [
    'view of the owner',
    `ALTER TABLE shop.tasks NO FORCE ROW LEVEL SECURITY; CREATE VIEW shop.v AS SELECT * FROM shop.tasks; ALTER VIEW shop.v OWNER TO shop_owner; GRANT SELECT ON shop.v TO shop_app`,
    'view-definer/view/shop/v',
  ],
  [
    'view on a view',
    `CREATE VIEW shop.inside AS SELECT * FROM shop.tasks; CREATE VIEW shop.outside WITH (security_invoker) AS SELECT * FROM shop.inside; GRANT SELECT ON shop.inside, shop.outside TO shop_app`,
    'view-definer/view/shop/outside',
  ],
  [
    'tenant as an argument',
    DEFINER('BEGIN RETURN QUERY SELECT title FROM shop.tasks WHERE tenant_id = p::uuid; END'),
    'definer-bypasses/function/shop/f/p%20text',
  ],
  [
    'format %s',
    DEFINER(
      `BEGIN RETURN QUERY EXECUTE format('SELECT title FROM shop.tasks WHERE title = %s', p); END`,
    ),
    'definer-dynamic-sql/function/shop/f/p%20text',
  ],
  [
    'concatenation',
    DEFINER(
      `BEGIN RETURN QUERY EXECUTE 'SELECT title FROM shop.tasks WHERE title = ''' || p || ''''; END`,
    ),
    'definer-dynamic-sql/function/shop/f/p%20text',
  ],
  [
    'row_security off',
    DEFINER('BEGIN RETURN QUERY SELECT title FROM shop.tasks; END', 'SET row_security = off'),
    'definer-row-security-off/function/shop/f/p%20text',
  ],
  [
    'owner with a policy',
    `CREATE ROLE shop_service; CREATE POLICY svc ON shop.tasks TO shop_service USING (true); ${DEFINER('BEGIN RETURN QUERY SELECT title FROM shop.tasks WHERE title = p; END')}; GRANT USAGE ON SCHEMA shop TO shop_service; ALTER FUNCTION shop.f(text) OWNER TO shop_service`,
    'definer-bypasses/function/shop/f/p%20text',
  ],
  [
    'DETAIL of a bypassing insert',
    DEFINER('BEGIN INSERT INTO shop.projects (tenant_id, name) VALUES (p::uuid, p); RETURN; END'),
    'definer-bypasses/function/shop/f/p%20text',
  ],
  [
    'natural foreign key',
    `ALTER TABLE shop.projects ADD email text UNIQUE; ALTER TABLE shop.tasks ADD email text REFERENCES shop.projects (email)`,
    'foreign-key-across-tenants/constraint/shop/tasks/tasks_email_fkey',
  ],
  [
    'unique index on an expression',
    'CREATE UNIQUE INDEX by_title ON shop.tasks (lower(title))',
    'unique-across-tenants/index/shop/tasks/by_title',
  ],
  [
    'identity',
    'ALTER TABLE shop.tasks ADD number bigint GENERATED ALWAYS AS IDENTITY',
    'sequence-shared/table/shop/tasks',
  ],
  [
    'serial',
    'ALTER TABLE shop.tasks ADD number bigserial; GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA shop TO shop_app',
    'sequence-shared/sequence/shop/tasks_number_seq',
  ],
  [
    'publication of all',
    'CREATE PUBLICATION p FOR ALL TABLES',
    'publication-unfiltered/publication/p',
  ],
  [
    'publication of a schema',
    'CREATE PUBLICATION p FOR TABLES IN SCHEMA shop',
    'publication-unfiltered/publication/p',
  ],
  [
    'SET FROM CURRENT',
    `SET LOCAL app.current_tenant_id = 'x'; CREATE FUNCTION shop.g() RETURNS int LANGUAGE sql SET app.current_tenant_id FROM CURRENT AS 'SELECT 1'`,
    'function-fixed-context/function/shop/g',
  ],
  [
    'logged by duration',
    'ALTER ROLE shop_app SET log_min_duration_statement = 0',
    'setting-logs-statements/role/shop_app',
  ],
  [
    'tenant table with another spelling',
    `CREATE TABLE shop."Invoices" ("tenantId" uuid NOT NULL, id uuid PRIMARY KEY); ALTER TABLE shop."Invoices" DISABLE ROW LEVEL SECURITY; GRANT SELECT ON shop."Invoices" TO shop_app`,
    'rls-off/table/shop/Invoices',
  ],
];

const url = new URL(process.env.RINGFENCE_TEST_ADMIN_URL ?? '');
const database = `ringfence_variants_${randomBytes(6).toString('hex')}`;
const admin = new pg.Client({ connectionString: url.href });

beforeAll(async () => {
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  url.pathname = `/${database}`;
});
afterAll(async () => {
  await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  await admin.end();
});

it.each(VARIANTS)('%s', async (_what, sql, key) => {
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(readShop());
    await client.query(sql);
    const { report } = await auditInTransaction(client, { appRoles: ['shop_app'] });
    expect(report.findings.map((finding) => finding.key)).toContain(key);
  } finally {
    await client.end();
  }
});

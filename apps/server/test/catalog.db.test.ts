import pg from 'pg';
import { TenantPool } from 'ringfence/postgres';
import type { TestDatabase } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTenantPrisma } from '../src/database/index.js';
import { TENANT_TABLES } from '../src/database/tenant-tables.js';
import { catalogViolations } from './catalog-violations.fixture.js';
import { createServerDatabase } from './server-database.fixture.js';

let db: TestDatabase;
let admin: pg.Client;
beforeAll(async () => {
  db = await createServerDatabase();
  admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await db.drop();
});

/** What the catalog test says about a database in which one thing was weakened. */
async function afterWeakening(sql: string): Promise<string[]> {
  await admin.query('BEGIN');
  try {
    await admin.query(sql);
    return await catalogViolations(admin);
  } finally {
    await admin.query('ROLLBACK');
  }
}

describe('every tenant table', () => {
  it('stands in the database, and nothing else does', async () => {
    const { rows } = await admin.query(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    );
    expect(rows.map(({ tablename }) => tablename)).toEqual(
      ['_prisma_migrations', ...TENANT_TABLES.map(({ name }) => name)].sort(),
    );
  });

  it('has row-level security, policies, keys, indexes and grants as designed', async () => {
    expect(await catalogViolations(admin)).toEqual([]);
  });

  // A test that stays green without a protection is worth nothing: each is taken away in turn.
  it.each([
    ['ALTER TABLE documents NO FORCE ROW LEVEL SECURITY', 'forced'],
    ['ALTER TABLE documents DISABLE ROW LEVEL SECURITY', 'enabled'],
    ['DROP POLICY tenant_isolation ON documents', 'canonical pair'],
    ['DROP POLICY tenant_access ON documents', 'canonical pair'],
    ['CREATE POLICY lax ON documents USING (true)', 'no other'],
    ['ALTER POLICY tenant_access ON documents USING (true)', 'canonical pair'],
    ['ALTER POLICY tenant_isolation ON documents WITH CHECK (true)', 'canonical pair'],
    ['ALTER POLICY tenant_isolation ON documents TO ringfence_app', 'canonical pair'],
    ['ALTER TABLE documents OWNER TO ringfence_app', 'belongs to the owner'],
    ['ALTER TABLE documents ALTER tenant_id DROP DEFAULT', 'default from the context'],
    ['CREATE UNIQUE INDEX oracle ON documents (title)', 'led by tenant_id'],
    ['CREATE INDEX late ON documents (title, tenant_id)', 'led by tenant_id'],
    ['DROP INDEX documents_project_id_created_at_id_idx', 'an index for every foreign key'],
    [
      'ALTER TABLE projects ADD UNIQUE (id); ALTER TABLE documents ADD FOREIGN KEY (project_id) REFERENCES projects (id)',
      'composite keys',
    ],
    ['GRANT UPDATE ON documents TO ringfence_app', 'moved to another tenant'],
    ['GRANT TRUNCATE ON documents TO ringfence_app', 'nothing else'],
    ['GRANT SELECT ON documents TO PUBLIC', 'nothing to everybody'],
    ['GRANT SELECT ON documents TO ringfence_operator', 'nothing to everybody'],
    ['CREATE TABLE forgotten (tenant_id uuid, id uuid)', 'forgotten: '],
  ])('is found when weakened: %s', async (sql, rule) => {
    expect((await afterWeakening(sql)).join('\n')).toContain(rule);
  });
});

describe('what the application role may reach', () => {
  it('is tenant tables, the binder, its reader and what the directory answers', async () => {
    const { rows } = await admin.query(
      `SELECT n.nspname || '.' || p.proname AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
         AND has_function_privilege('ringfence_app', p.oid, 'EXECUTE') ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'ringfence.acknowledge_alert',
      'ringfence.activate_domain',
      'ringfence.alerts_after',
      'ringfence.bind',
      'ringfence.bind',
      'ringfence.bind',
      'ringfence.bind',
      'ringfence.claim_link',
      'ringfence.count_access',
      'ringfence.count_requests',
      'ringfence.current_tenant_id',
      'ringfence.current_tenant_name',
      'ringfence.deactivate_domain',
      'ringfence.find_tenant',
      'ringfence.join_accounts',
      'ringfence.leave_person',
      'ringfence.linked_accounts',
      'ringfence.own_domains',
      'ringfence.own_quotas',
      'ringfence.raise_alert',
      'ringfence.read_alerts',
      'ringfence.register_tenant',
      'ringfence.report_node',
      'ringfence.settle_alert',
      'ringfence.switched_migrations',
      'ringfence.take_alerts',
    ]);
    const others = await admin.query(
      `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
         AND c.relkind IN ('r', 'v', 'm', 'p', 'f', 'S')
         AND (has_table_privilege('ringfence_app', c.oid, 'SELECT') OR c.relkind IN ('v', 'm', 'S'))
       ORDER BY 1`,
    );
    expect(others.rows.map(({ relname }) => relname)).toEqual(
      [
        ...TENANT_TABLES.map(({ name }) => name),
        'access_counters',
        'audit_log',
        'migration_acts_id_seq',
      ].sort(),
    );
  });
});

describe('the Prisma schema', () => {
  it('names exactly the columns that the tables have', async () => {
    const pool = new TenantPool({ connectionString: db.app });
    const client = createTenantPrisma(pool) as unknown as { _runtimeDataModel: DataModel };
    const models = Object.values(client._runtimeDataModel.models).map(({ dbName, fields }) => ({
      table: dbName,
      columns: fields
        .filter(({ kind }) => kind !== 'object')
        .map((field) => field.dbName ?? field.name)
        .sort(),
    }));
    await pool.end();
    const { rows } = await admin.query(
      `SELECT table_name AS "table", array_agg(column_name::text ORDER BY column_name::text COLLATE "C") AS columns
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
       GROUP BY 1`,
    );
    const byTable = (one: { table: string | null }, other: { table: string | null }): number =>
      String(one.table).localeCompare(String(other.table));
    expect(models.sort(byTable)).toEqual(rows.sort(byTable));
  });
});

interface DataModel {
  models: Record<
    string,
    {
      dbName: string | null;
      fields: { name: string; dbName?: string | null; kind: string }[];
    }
  >;
}

import pg from 'pg';
import { machinerySql, roleNames, tenantTableSql } from 'ringfence/sql';
import { createTestDatabase, type TestDatabase } from 'ringfence/testing';
import {
  type DatasetSize,
  DOCUMENTS_PER_PROJECT,
  INSERTED_TITLE,
  tenantShares,
} from './dataset.js';

/**
 * The same rows four times: without tenancy, under the policy of Prisma's documented row-level security
 * extension, and ring-fenced with and without proof.
 */
export const TENANCIES = ['none', 'documented', 'unproven', 'proven'] as const;
export type Tenancy = (typeof TENANCIES)[number];

/** Fills a database, or clones one that an earlier run has filled on the same server. */
export async function createDatabase(tenancy: Tenancy, size: DatasetSize): Promise<TestDatabase> {
  const database = await createTestDatabase({
    trust: tenancy === 'proven' ? 'proven' : 'unproven',
    sql: `${tables(tenancy)}\n${rows(size, tenancy)}`,
  });
  await asAdmin(database, async (admin) => {
    // Not before: createTestDatabase refuses a tenant_id without the canonical policies, and rightly.
    if (tenancy === 'none' || tenancy === 'documented') {
      for (const table of ['projects', 'documents']) {
        await admin.query(`ALTER TABLE ${table} RENAME COLUMN company_id TO tenant_id`);
      }
    }
    await admin.query('VACUUM ANALYZE');
  });
  return database;
}

/** Takes away what the scenario `insert` has written. */
export async function deleteInserted(databases: ReadonlyMap<Tenancy, TestDatabase>): Promise<void> {
  for (const database of databases.values()) {
    await asAdmin(database, async (admin) => {
      await admin.query('DELETE FROM documents WHERE title = $1', [INSERTED_TITLE]);
      await admin.query('VACUUM documents');
    });
  }
}

async function asAdmin(
  database: TestDatabase,
  work: (admin: pg.Client) => Promise<void>,
): Promise<void> {
  const admin = new pg.Client({ connectionString: database.admin });
  await admin.connect();
  await work(admin);
  await admin.end();
}

function tables(tenancy: Tenancy): string {
  if (tenancy === 'proven' || tenancy === 'unproven') {
    return [
      machinerySql(roleNames(), tenancy),
      tenantTableSql({ name: 'projects', columns: [{ name: 'name', type: 'text NOT NULL' }] }),
      tenantTableSql({
        name: 'documents',
        columns: [
          { name: 'project_id', type: 'uuid NOT NULL', references: { table: 'projects' } },
          { name: 'title', type: 'text NOT NULL' },
          { name: 'body', type: 'text NOT NULL' },
          { name: 'version', type: 'integer NOT NULL DEFAULT 1' },
        ],
      }),
    ].join('\n');
  }
  const documented = tenancy === 'documented';
  // Without tenancy the column is data like any other: no default that costs, no index that needs it.
  const column = documented
    ? "company_id uuid NOT NULL DEFAULT current_setting('app.current_company_id', TRUE)::uuid"
    : 'company_id uuid';
  return `${machinerySql(roleNames(), 'unproven')}
    ${tenantTableSql({ name: 'unused', columns: [{ name: 'name', type: 'text' }] })}
    CREATE TABLE projects (${column}, id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      name text NOT NULL);
    CREATE TABLE documents (${column}, id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      project_id uuid NOT NULL REFERENCES projects, title text NOT NULL, body text NOT NULL,
      version integer NOT NULL DEFAULT 1);
    CREATE INDEX ON documents (${documented ? 'company_id, ' : ''}project_id);
    GRANT SELECT, INSERT, UPDATE, DELETE ON projects, documents TO ringfence_app;
    ${documented ? ['projects', 'documents'].map(documentedPolicy).join('\n') : ''}`;
}

/** As the example of Prisma's client extensions writes it. */
function documentedPolicy(table: string): string {
  return `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant_isolation_policy ON ${table}
      USING (company_id = current_setting('app.current_company_id', TRUE)::uuid);`;
}

function rows(size: DatasetSize, tenancy: Tenancy): string {
  const column = tenancy === 'none' || tenancy === 'documented' ? 'company_id' : 'tenant_id';
  const shares = tenantShares(size)
    .map(({ id, number, first, documents }) => `('${id}'::uuid, ${number}, ${first}, ${documents})`)
    .join(',\n');
  return `RESET ROLE;
    SET LOCAL session_replication_role = replica;
    CREATE TEMPORARY TABLE shares AS
      SELECT * FROM (VALUES ${shares}) AS s (id, number, first, documents);
    INSERT INTO projects (${column}, id, name)
      SELECT s.id, md5('p' || s.number || '-' || n)::uuid, 'Project ' || n
      FROM shares s, generate_series(0, (s.documents - 1) / ${DOCUMENTS_PER_PROJECT}) n;
    INSERT INTO documents (${column}, id, project_id, title, body)
      SELECT s.id, md5('d' || n)::uuid,
        md5('p' || s.number || '-' || (n - s.first) / ${DOCUMENTS_PER_PROJECT})::uuid,
        'Document ' || n, repeat(md5(n::text), 6)
      FROM shares s, generate_series(s.first, s.first + s.documents - 1) n
      ORDER BY md5(n::text);
    DROP TABLE shares;
    ANALYZE;`;
}

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyringFromEnvironment, TenantPool } from '../../postgres/index.js';
import { BIND_STATEMENT, proveContext } from '../../sql/index.js';
import {
  createTestDatabase,
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../../testing/index.js';
import type { PhasedMigration } from '../folder/index.js';
import { migrationOf, SHOP } from '../lint/pages.fixture.js';
import { planMigration } from './plan-migration.js';
import { planJson, planText } from './plan-report.js';
import type { BindTenant } from './sample-backfill.js';

let database: TestDatabase;
let client: pg.Client;
let admin: pg.Client;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  database = await createTestDatabase({ sql: SHOP });
  client = new pg.Client({ connectionString: database.migration });
  admin = new pg.Client({ connectionString: database.admin });
  await Promise.all([client.connect(), admin.connect()]);
  const pool = new TenantPool({ connectionString: database.app, max: 1 });
  ({ a, b } = await twoTenants(database));
  const fill = (tenant: TestTenant, rows: number) =>
    withTenant(tenant, () =>
      pool.query(
        `INSERT INTO documents (title) SELECT 'T' || n FROM generate_series(1, ${rows}) n`,
      ),
    );
  await fill(a, 30);
  await fill(b, 10);
  await pool.end();
  await admin.query('ANALYZE documents');
});
afterAll(async () => {
  await Promise.all([client.end(), admin.end()]);
  await database.drop();
});

const bind: BindTenant = async (db, tenant) => {
  const expiry = Math.floor(Date.now() / 1000) + 60;
  const proof = proveContext(keyringFromEnvironment().signingKey(), tenant, expiry);
  await db.query(BIND_STATEMENT.proven, [tenant, proof]);
};

function migration(...sql: string[]): PhasedMigration {
  const files = sql.map((each, at) => ({
    file: at ? `expand-${at + 1}.sql` : 'expand.sql',
    sql: each,
  }));
  return { ...migrationOf(files, '20261127_slug'), kind: 'phased' } as unknown as PhasedMigration;
}

const BACKFILL = {
  kind: 'sql',
  file: 'backfill.sql',
  checksum: '',
  table: { schema: 'public', name: 'documents' },
  sql: 'UPDATE documents SET status = lower(title) WHERE id > :after AND id <= :upto AND status IS NULL',
} as const;

describe('the locks of a statement', () => {
  it.each([
    'ALTER TABLE documents ADD COLUMN a text',
    "ALTER TABLE documents ADD COLUMN a text NOT NULL DEFAULT 'x'",
    'ALTER TABLE documents ALTER COLUMN title SET NOT NULL',
    'ALTER TABLE documents ALTER COLUMN pages TYPE bigint',
    "ALTER TABLE documents ALTER COLUMN title SET DEFAULT ''",
    'ALTER TABLE documents ADD CONSTRAINT c CHECK (pages > 0) NOT VALID',
    'ALTER TABLE documents ADD CONSTRAINT u UNIQUE (tenant_id, title)',
    'ALTER TABLE documents ADD FOREIGN KEY (tenant_id, folder_id) REFERENCES folders (tenant_id, id) NOT VALID',
    'ALTER TABLE documents DROP COLUMN pages',
    'ALTER TABLE documents DROP CONSTRAINT documents_folder_id_fkey',
    'ALTER TABLE documents NO FORCE ROW LEVEL SECURITY',
    'ALTER TABLE documents SET (fillfactor = 80)',
    'ALTER TABLE documents ALTER COLUMN title SET STATISTICS 200',
    'ALTER TABLE documents DISABLE TRIGGER USER',
    'CREATE INDEX i ON documents (tenant_id, status)',
    "CREATE POLICY p ON documents AS RESTRICTIVE USING (status <> 'x')",
    'CREATE TABLE notes (a uuid, b uuid, FOREIGN KEY (a, b) REFERENCES folders (tenant_id, id))',
    'CREATE TRIGGER t BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'DROP TABLE documents',
    'LOCK TABLE documents',
    'TRUNCATE documents',
    'UPDATE documents SET pages = 1',
    'GRANT SELECT ON documents TO ringfence_auditor',
  ])('are foretold as they are held: %s', async (sql) => {
    const { statements, trial } = await planMigration(migration(sql), client, { trial: true });
    const foretold = statements[0]?.locks.map(({ table, mode }) => `${table} ${mode}`);
    const held = trial?.['expand.sql'];
    if (typeof held === 'string' || !held) throw new Error(held);
    const strongest = new Map<string, string>();
    const order = [
      'RowExclusiveLock',
      'ShareUpdateExclusiveLock',
      'ShareLock',
      'ShareRowExclusiveLock',
      'AccessExclusiveLock',
    ];
    for (const { table, mode } of held) {
      // Looking at another table, and at the end of a foreign key, holds nobody up.
      if (mode === 'RowShareLock') continue;
      const before = strongest.get(table);
      if (!before || order.indexOf(mode) > order.indexOf(before)) strongest.set(table, mode);
    }
    const words = (mode: string) =>
      mode
        .replace(/Lock$/, '')
        .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
        .toUpperCase();
    expect(foretold?.sort()).toEqual(
      [...strongest].map(([table, mode]) => `public.${table} ${words(mode)}`).sort(),
    );
  });
});

describe('planMigration', () => {
  it('tries a file and leaves nothing behind', async () => {
    const plan = await planMigration(
      migration(
        'ALTER TABLE public.documents ADD COLUMN slug text',
        '-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON public.documents (tenant_id, slug)',
        'ALTER TABLE public.nowhere ADD COLUMN slug text',
      ),
      client,
      { trial: true },
    );
    expect(plan.trial).toEqual({
      'expand.sql': [{ table: 'documents', mode: 'AccessExclusiveLock' }],
      'expand-2.sql': 'runs without a transaction: not tried',
      'expand-3.sql': 'could not be tried (42P01)',
    });
    const { rows } = await admin.query(
      "SELECT count(*)::int AS n FROM pg_attribute WHERE attname = 'slug' AND attrelid = 'documents'::regclass",
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('does not wait for a lock that somebody holds', async () => {
    await admin.query('BEGIN; LOCK TABLE documents');
    const plan = await planMigration(
      migration('ALTER TABLE documents ADD COLUMN slug text'),
      client,
      {
        trial: true,
      },
    );
    await admin.query('ROLLBACK');
    expect(plan.trial).toEqual({ 'expand.sql': 'could not be tried (55P03)' });
  });

  it('measures a batch of some tenants, each bound, and rolls it back', async () => {
    const plan = await planMigration(
      { ...migration('ALTER TABLE public.documents ADD COLUMN slug text'), backfill: BACKFILL },
      client,
      { bind },
    );
    expect(plan.backfill).toMatchObject({
      table: 'public.documents',
      rows: 40,
      tenants: 2,
      rowsPerTenant: 20,
      sample: { tenants: 2, ofTenants: 2, largest: 30, rows: 40 },
    });
    expect(plan.backfill?.seconds).toBeGreaterThan(0);
    const { rows } = await admin.query('SELECT count(status)::int AS changed FROM documents');
    expect(rows).toEqual([{ changed: 0 }]);
  });

  it('says what it knows without measuring', async () => {
    const plan = await planMigration({ ...migration('SELECT 1'), backfill: BACKFILL }, client);
    expect(plan.backfill).toEqual({
      table: 'public.documents',
      rows: 40,
      tenants: 0,
      rowsPerTenant: null,
    });
    expect(plan.trial).toBeUndefined();
  });

  it('prints 80 columns, and JSON', async () => {
    const plan = await planMigration(
      {
        ...migration(
          'ALTER TABLE public.documents ADD COLUMN slug text, ADD COLUMN a_column_with_a_rather_long_name text;\nCREATE INDEX i ON public.documents (tenant_id, slug);',
        ),
        backfill: BACKFILL,
      },
      client,
    );
    const text = planText({
      ...plan,
      backfill: {
        table: 'public.documents',
        rows: 2_000_000,
        tenants: 5000,
        rowsPerTenant: 400,
        sample: { tenants: 5, ofTenants: 5000, largest: 9000, rows: 2500, ms: 250 },
        seconds: 200,
      },
    });
    expect(text).toMatchSnapshot();
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(JSON.parse(planJson([plan])).plans[0].statements).toHaveLength(2);
  });
});

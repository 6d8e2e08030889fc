import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants, withTenant } from '../testing/index.js';

/** What a planner sees differently: 2,000 rows of each tenant, and statistics. */
const ROWS = 2000;

const POINT_READ = "SELECT * FROM notes WHERE id = '00000000-0000-4000-8000-000000000001'";
const LIST =
  "SELECT * FROM notes WHERE folder_id = '00000000-0000-4000-8000-000000000002' LIMIT 50";

let db: TestDatabase;
let pool: TenantPool;
let admin: pg.Client;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 2 });
  admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  ({ a, b } = await twoTenants(db));
  for (const tenant of [a, b]) {
    await withTenant(tenant, () =>
      pool.query(
        `WITH made AS (INSERT INTO folders (name) SELECT 'folder' FROM generate_series(1, 40) RETURNING id)
         INSERT INTO notes (folder_id, title, body)
         SELECT id, 'title', 'body' FROM made, generate_series(1, $1::int)`,
        [ROWS / 40],
      ),
    );
  }
  await admin.query('ANALYZE folders, notes');
});
afterAll(async () => {
  await admin.end();
  await pool.end();
  await db.drop();
});

async function planOf(statement: string): Promise<string> {
  const { rows } = await withTenant(a, () => pool.query(`EXPLAIN (COSTS OFF) ${statement}`));
  return rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n');
}

/** The tenant found by the index, and not filtered out afterwards. */
const BY_INDEX = /Index Cond: \(.*tenant_id = /;

describe('the shipped policy', () => {
  it('is what the planner works on: each tenant has rows and sees its own', async () => {
    for (const tenant of [a, b]) {
      const { rows } = await withTenant(tenant, () =>
        pool.query('SELECT count(*)::int AS own FROM notes'),
      );
      expect(rows).toEqual([{ own: ROWS }]);
    }
  });

  it.each([
    ['a point read', POINT_READ],
    ['a list', LIST],
  ])('finds the tenant by the index in %s', async (_case, statement) => {
    expect(await planOf(statement)).toMatch(BY_INDEX);
  });

  it('asks for the tenant once per statement, though two policies do', async () => {
    // PostgreSQL drops the second qual only while both texts are the same.
    expect((await planOf(POINT_READ)).match(/^\s*InitPlan/gm)).toHaveLength(1);
  });

  it('would not, compared as text', async () => {
    const rule = 'tenant_id::text = (SELECT ringfence.current_tenant_id()::text)';
    await withPolicies(rule, async () => {
      expect(await planOf(POINT_READ)).not.toMatch(BY_INDEX);
      expect(await planOf(LIST)).not.toMatch(BY_INDEX);
    });
  });
});

/** Puts other expressions into both policies of `notes`, and the shipped ones back. */
async function withPolicies(rule: string, work: () => Promise<void>): Promise<void> {
  const shipped = '"tenant_id" = (SELECT ringfence.current_tenant_id())';
  const set = async (expression: string): Promise<void> => {
    for (const name of ['tenant_isolation', 'tenant_access']) {
      await admin.query(
        `ALTER POLICY ${name} ON notes USING (${expression}) WITH CHECK (${expression})`,
      );
    }
  };
  await set(rule);
  try {
    await work();
  } finally {
    await set(shipped);
  }
}

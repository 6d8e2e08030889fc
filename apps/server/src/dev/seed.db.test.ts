import pg from 'pg';
import { parseTenantId, runInTenant } from 'ringfence/context';
import { TenantPool } from 'ringfence/postgres';
import type { TestDatabase } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServerDatabase } from '../../test/server-database.fixture.js';
import { DEMO_TENANTS } from './demo-people.js';
import { seed } from './seed.js';

const COUNTED = ['organizations', 'users', 'memberships', 'projects', 'documents'] as const;

describe('the demo data', () => {
  let db: TestDatabase;
  let pool: TenantPool;

  beforeAll(async () => {
    db = await createServerDatabase();
    pool = new TenantPool({ connectionString: db.app, max: 2 });
  });

  afterAll(async () => {
    await pool.end();
    await db.drop();
  });

  async function asAdmin(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: db.admin });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** What the application sees of one tenant: rows per table. */
  async function countsOf(slug: string): Promise<Record<string, number>> {
    const tenant = await pool.findTenant(slug);
    return runInTenant(parseTenantId(tenant?.id), async () => {
      const { rows }: { rows: { counts: Record<string, number> }[] } = await pool.query(
        `SELECT json_build_object(${COUNTED.map((t) => `'${t}', (SELECT count(*) FROM ${t})`).join(', ')}) AS counts`,
      );
      return rows[0]?.counts ?? {};
    });
  }

  const everything = () =>
    asAdmin(
      `${COUNTED.map((t) => `SELECT '${t}' AS t, to_jsonb(${t}) AS row FROM ${t}`).join(
        ' UNION ALL ',
      )} ORDER BY 1, 2`,
    );

  it('is whole after an attempt that broke off in the middle', async () => {
    const { length } = DEMO_TENANTS;
    await asAdmin(
      "ALTER TABLE documents ADD CONSTRAINT broken CHECK (title NOT LIKE '%lightning')",
    );
    await expect(seed(db)).rejects.toMatchObject({ code: '23514' });
    expect((await countsOf('globex')).users).toBe(0);
    await asAdmin('ALTER TABLE documents DROP CONSTRAINT broken');

    await seed(db);
    expect(await asAdmin('SELECT count(*)::int AS n FROM ringfence.tenants WHERE demo')).toEqual([
      { n: length },
    ]);
    for (const { slug } of DEMO_TENANTS) {
      const counts = await countsOf(slug);
      expect(counts).toMatchObject({ organizations: 2, users: 5, memberships: 10, projects: 3 });
      expect(counts.documents).toBeGreaterThanOrEqual(8);
    }
  });

  it('is left alone by a second seeding, whatever people did with it', async () => {
    await asAdmin("UPDATE users SET name = 'Renamed' WHERE email = 'owner@acme.test'");
    await asAdmin("DELETE FROM documents WHERE title LIKE '%magnet'");
    const before = await everything();
    await seed(db);
    expect(await everything()).toEqual(before);
  });

  it('gives Sam two people with two roles and two hashes of the same password', async () => {
    const rows = await asAdmin(
      "SELECT role, password_hash FROM users WHERE email = 'sam@example.test' ORDER BY role",
    );
    expect(rows.map(({ role }) => role)).toEqual(['member', 'viewer']);
    expect(rows[0]?.password_hash).not.toBe(rows[1]?.password_hash);
  });

  it('does not go into a database whose tenants are not the demo’s', async () => {
    const other = await createServerDatabase();
    const client = new pg.Client({ connectionString: other.operator });
    await client.connect();
    try {
      await client.query(
        "INSERT INTO ringfence.tenants (slug, name) VALUES ('acme', 'A customer')",
      );
      await expect(seed(other)).rejects.toMatchObject({ code: 'START_FAILED' });
      await client.query("UPDATE ringfence.tenants SET slug = 'customer'");
      await expect(seed(other)).rejects.toMatchObject({ code: 'START_FAILED' });
      const { rows } = await client.query('SELECT count(*)::int AS n FROM ringfence.tenants');
      expect(rows).toEqual([{ n: 1 }]);
    } finally {
      await client.end();
      await other.drop();
    }
  });
});

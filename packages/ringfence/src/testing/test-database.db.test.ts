import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { TenantPool } from '../postgres/index.js';
import { refuseBypassingRole } from './refuse-bypassing-role.js';
import type { TestDatabase } from './test-database.js';
import { type TestTenant, twoTenants } from './two-tenants.js';
import { withTenant } from './with-tenant.js';

let db: TestDatabase;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  db = await createLibraryDatabase();
  pool = new TenantPool({ connectionString: db.app });
  ({ a, b } = await twoTenants(db));
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

const folders = async () => (await pool.query('SELECT name FROM folders')).rows;

describe('a test database', () => {
  it('is empty, of its own, and gone after drop', async () => {
    const other = await createLibraryDatabase();
    await withTenant(a, () => pool.query("INSERT INTO folders (name) VALUES ('mine')"));
    const otherPool = new TenantPool({ connectionString: other.app });
    expect(await withTenant(a, folders)).toHaveLength(1);
    expect((await withTenant(a, () => otherPool.query('SELECT FROM folders'))).rowCount).toBe(0);
    await otherPool.end();
    await other.drop();
    await expect(new pg.Client({ connectionString: other.app }).connect()).rejects.toThrow(
      /does not exist/,
    );
  });

  it('switches tenants, one after the other and side by side', async () => {
    await withTenant(b.id, () => pool.query("INSERT INTO folders (name) VALUES ('of b')"));
    const seen = await Promise.all([withTenant(a, folders), withTenant(b, folders)]);
    expect(seen[1]).toEqual([{ name: 'of b' }]);
    expect(seen[0]).not.toContainEqual({ name: 'of b' });
  });

  it('is not handed to a role that bypasses row-level security', async () => {
    await refuseBypassingRole(db.app);
    await expect(refuseBypassingRole(db.admin)).rejects.toMatchObject({
      code: 'DATABASE_ROLE_UNSAFE',
      detail: expect.stringContaining('superuser'),
    });
    await expect(refuseBypassingRole(db.migration)).rejects.toMatchObject({
      code: 'DATABASE_ROLE_UNSAFE',
      detail: expect.stringMatching(/may become ringfence_owner/),
    });
  });
});

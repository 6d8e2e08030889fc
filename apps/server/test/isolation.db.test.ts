import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { keyringFromEnvironment, tenantBinding } from 'ringfence/postgres';
import { type TestDatabase, type TestTenant, twoTenants } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TENANT_TABLES } from '../src/database/tenant-tables.js';
import { createServerDatabase } from './server-database.fixture.js';

// Layer 4 alone: plain SQL on a plain connection of the application role, with none of our code above.

const binding = tenantBinding(keyringFromEnvironment());
let db: TestDatabase;
let app: pg.Client;
let a: TestTenant;
let b: TestTenant;
/** Table → id of the one row that tenant B has in it. */
const rowOfB = new Map<string, string>();

beforeAll(async () => {
  db = await createServerDatabase();
  ({ a, b } = await twoTenants(db));
  app = new pg.Client({ connectionString: db.app });
  await app.connect();
  await plant(a);
  for (const [table, id] of await plant(b)) rowOfB.set(table, id);
});
afterAll(async () => {
  await app.end();
  await db.drop();
});

/** A value, as SQL, that the column's type and the table's checks take. */
function valueFor(column: string, type: string, tenant: TestTenant): string {
  if (column === 'email' || column === 'domain') return `'${randomUUID()}@example.test'`;
  if (column === 'purpose') return "'password-reset'";
  if (type.startsWith('bytea')) return 'sha256(gen_random_uuid()::text::bytea)';
  if (type.startsWith('timestamptz')) return "now() + interval '1 day'";
  if (type.startsWith('uuid')) return 'gen_random_uuid()';
  if (type.startsWith('text[]')) return "'{}'";
  if (type.startsWith('public.user_role')) return "'member'";
  return `'${column} of ${tenant.slug}'`;
}

/** One row in every tenant table, parents first; foreign keys point at the rows planted before. */
async function plant(tenant: TestTenant): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  await bound(tenant, async () => {
    for (const table of TENANT_TABLES) {
      const needed = table.columns.filter(({ type }) => /NOT NULL(?! DEFAULT)/.test(type));
      const values = needed.map(({ name, type, references }) =>
        references ? `'${ids.get(references.table)}'` : valueFor(name, type, tenant),
      );
      const { rows } = await app.query(
        `INSERT INTO ${table.name} (${needed.map(({ name }) => name).join()}) VALUES (${values.join()}) RETURNING id`,
      );
      ids.set(table.name, rows[0].id);
    }
  });
  return ids;
}

/** As the tenant pool binds, for whoever holds the key: what SQL can do without it has its own tests. */
async function bind(tenant: TestTenant): Promise<void> {
  const { text, values } = binding(tenant.id);
  await app.query(text, [...(values ?? [])]);
}

/** Runs `fn` in one transaction bound to a tenant, and commits. */
async function bound<T>(tenant: TestTenant | undefined, fn: () => Promise<T>): Promise<T> {
  await app.query('BEGIN');
  try {
    if (tenant) await bind(tenant);
    const result = await fn();
    await app.query('COMMIT');
    return result;
  } catch (error) {
    await app.query('ROLLBACK');
    throw error;
  }
}

const count = async (table: string): Promise<number> =>
  (await app.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n;

describe.each(TENANT_TABLES.map(({ name }) => name))('%s', (table) => {
  const theirs = (): string => rowOfB.get(table) ?? '';
  const updatable = (): string => {
    const columns = TENANT_TABLES.find(({ name }) => name === table)?.columns ?? [];
    return columns.find((column) => column.updatable !== false)?.name ?? '';
  };

  it('shows each tenant its own row and no other', async () => {
    for (const tenant of [a, b]) {
      const rows = await bound(tenant, () => app.query(`SELECT tenant_id FROM ${table}`));
      expect(rows.rows).toEqual([{ tenant_id: tenant.id }]);
    }
    expect(
      await bound(a, () => app.query(`SELECT FROM ${table} WHERE id = $1`, [theirs()])),
    ).toHaveProperty('rowCount', 0);
  });

  it('is empty and closed without a tenant', async () => {
    expect(await bound(undefined, () => count(table))).toBe(0);
    expect((await app.query(`DELETE FROM ${table}`)).rowCount).toBe(0);
    await expect(
      bound(undefined, () => app.query(`INSERT INTO ${table} SELECT * FROM ${table}`)),
    ).resolves.toHaveProperty('rowCount', 0);
  });

  it('takes no row for another tenant, inserted or moved', async () => {
    await expect(
      bound(a, async () => {
        const { rows } = await app.query(`SELECT * FROM ${table}`);
        const stolen = { ...rows[0], tenant_id: b.id, id: randomUUID() };
        const names = Object.keys(stolen);
        const places = names.map((_, at) => `$${at + 1}`);
        await app.query(
          `INSERT INTO ${table} (${names.join()}) VALUES (${places.join()})`,
          Object.values(stolen),
        );
      }),
    ).rejects.toThrow(/row-level security/);
    await expect(
      bound(a, () => app.query(`UPDATE ${table} SET tenant_id = $1`, [b.id])),
    ).rejects.toThrow(/permission denied/);
  });

  it('neither changes nor deletes a row of another tenant', async () => {
    const column = updatable();
    if (column) {
      const update = `UPDATE ${table} SET ${column} = ${column} WHERE id = $1`;
      expect(await bound(b, () => app.query(update, [theirs()]))).toHaveProperty('rowCount', 1);
      expect(await bound(a, () => app.query(update, [theirs()]))).toHaveProperty('rowCount', 0);
    }
    const remove = `DELETE FROM ${table} WHERE id = $1`;
    expect(await bound(a, () => app.query(remove, [theirs()]))).toHaveProperty('rowCount', 0);
    expect(await bound(b, () => count(table))).toBe(1);
  });

  it('does not tell by a conflict that a row of another tenant exists', async () => {
    const columns = TENANT_TABLES.find(({ name }) => name === table)?.columns ?? [];
    const all = ['id', ...columns.map(({ name }) => name)].join();
    const { rows } = await bound(b, () => app.query(`SELECT ${all} FROM ${table}`));
    // A's insert of a copy of B's row, id and all: only a reference to a row of B may stop it.
    const copy = bound(a, async () => {
      const values = Object.values(rows[0]);
      const places = values.map((_, at) => `$${at + 1}`);
      await app.query(`INSERT INTO ${table} (${all}) VALUES (${places.join()})`, values);
      throw new Error('accepted');
    });
    const references = columns.some(
      ({ name, references: parent }) => parent && rows[0][name] !== null,
    );
    await expect(copy).rejects.toThrow(references ? /foreign key/ : /accepted/);
  });
});

describe('one transaction', () => {
  it('cannot be bound to a second tenant, and the binding ends with it', async () => {
    await expect(bound(a, () => bind(b))).rejects.toMatchObject({ code: 'RF001' });
    expect(await bound(a, () => count('documents'))).toBe(1);
    expect(await count('documents')).toBe(0);
  });
});

describe('without row-level security', () => {
  it('these attacks would succeed: it is what stops them', async () => {
    const admin = new pg.Client({ connectionString: db.admin });
    await admin.connect();
    await admin.query('ALTER TABLE organizations DISABLE ROW LEVEL SECURITY');
    expect(await bound(a, () => count('organizations'))).toBe(2);
    // The composite key still refuses a reference across tenants.
    const adopt = 'UPDATE projects SET organization_id = $1';
    await expect(
      bound(a, () => app.query(adopt, [rowOfB.get('organizations')])),
    ).rejects.toMatchObject({ code: '23503' });
    await admin.query('ALTER TABLE organizations ENABLE ROW LEVEL SECURITY');
    await admin.end();
    expect(await bound(a, () => count('organizations'))).toBe(1);
  });
});

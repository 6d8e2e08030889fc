import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import {
  machinerySql,
  proveContext,
  STORE_KEY_STATEMENT,
  storedKey,
  tenantTableSql,
} from '../sql/index.js';
import {
  createTestDatabase,
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../testing/index.js';
import { keyringFromEnvironment } from './keyring.js';
import { UNPROVEN } from './tenant-binding.js';
import { TenantPool } from './tenant-pool.js';

// Whatever SQL runs as the application role inside A's request, it cannot take B's place.

let db: TestDatabase;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  pool = new TenantPool({ connectionString: db.app, max: 1 });
  ({ a, b } = await twoTenants(db));
  for (const tenant of [a, b]) {
    await withTenant(tenant, () =>
      pool.query('INSERT INTO folders (name) VALUES ($1)', [`of ${tenant.slug}`]),
    );
  }
});
afterEach(() => pool.end());

const names = async (): Promise<string[]> =>
  (await pool.query('SELECT name FROM folders')).rows.map(({ name }: { name: string }) => name);

async function asOwner(sql: string, values: unknown[] = []): Promise<void> {
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  await admin.query(sql, values);
  await admin.end();
}

const PIVOTS: readonly [string, string][] = [
  ['set_config', "PERFORM set_config('app.current_tenant_id', 'B', true)"],
  ['set_config for the session', "PERFORM set_config('app.current_tenant_id', 'B', false)"],
  ['SET LOCAL', "SET LOCAL app.current_tenant_id = 'B'"],
  ['SET SESSION', "SET SESSION app.current_tenant_id = 'B'"],
  ['bind without a proof', "CALL ringfence.bind('B', '')"],
  [
    'bind with a proof of A',
    "CALL ringfence.bind('B', current_setting('app.current_tenant_proof'))",
  ],
  [
    'RESET and bind with a proof of A',
    "PERFORM set_config('app.current_tenant_id', '', true); CALL ringfence.bind('B', current_setting('app.current_tenant_proof'))",
  ],
  [
    'an unknown key',
    "PERFORM set_config('app.current_tenant_id', 'B', true), set_config('app.current_tenant_proof', 'none.9999999999.00', true)",
  ],
  [
    'a mac of the attacker',
    "PERFORM set_config('app.current_tenant_id', 'B', true), set_config('app.current_tenant_proof', split_part(current_setting('app.current_tenant_proof'), '.', 1) || '.9999999999.' || encode(sha256('B'), 'hex'), true)",
  ],
  [
    'a longer life for the proof of A',
    "PERFORM set_config('app.current_tenant_id', 'B', true), set_config('app.current_tenant_proof', regexp_replace(current_setting('app.current_tenant_proof'), '\\.\\d+\\.', '.99999999999.'), true)",
  ],
  [
    'a proof that is no proof',
    "PERFORM set_config('app.current_tenant_id', 'B', true), set_config('app.current_tenant_proof', '...', true)",
  ],
  [
    'no proof at all',
    "PERFORM set_config('app.current_tenant_id', 'B', true), set_config('app.current_tenant_proof', '', true)",
  ],
  ['a tenant that is no UUID', "PERFORM set_config('app.current_tenant_id', 'B or true', true)"],
  ['the keys', 'PERFORM * FROM ringfence.context_keys'],
  ['the directory', 'PERFORM * FROM ringfence.tenants'],
  ['the owner role', 'SET ROLE ringfence_owner'],
  ['the session authorisation', 'SET SESSION AUTHORIZATION ringfence_owner'],
  ['row_security', 'SET row_security = off'],
  ['the policy', 'ALTER TABLE folders DISABLE ROW LEVEL SECURITY'],
  [
    'another function',
    "CREATE FUNCTION ringfence.current_tenant_id(x int) RETURNS uuid LANGUAGE sql AS 'SELECT NULL'",
  ],
  ['a temporary table', 'CREATE TEMP TABLE folders (name text)'],
  ['the search path', "SET search_path = pg_temp, public; SET LOCAL app.current_tenant_id = 'B'"],
];

describe.each(PIVOTS)('a pivot by %s', (_name, sql) => {
  const attack = (): string =>
    `DO $attack$ BEGIN ${sql.replaceAll("'B'", `'${b.id}'`)}; END $attack$`;

  it('shows, changes and takes nothing of the other tenant', async () => {
    const outcome = await withTenant(a, () =>
      pool.transaction(async (tx) => {
        await tx.query(attack());
        const seen = await tx.query<{ name: string }>('SELECT name FROM folders');
        await tx.query("UPDATE folders SET name = 'taken'");
        return seen.rows.map(({ name }) => name);
      }),
    ).catch((error: Error) => error);
    if (Array.isArray(outcome)) expect(outcome).toEqual([`of ${a.slug}`]);
    else expect(outcome).toHaveProperty('code');
    expect(await withTenant(b, names)).toEqual([`of ${b.slug}`]);
    const mine = await withTenant(a, names);
    expect(mine).toHaveLength(1);
  });
});

describe('a proof', () => {
  const key = keyringFromEnvironment().signingKey();
  const seconds = (): number => Math.floor(Date.now() / 1000);

  /** What a bare connection of the application sees with a tenant and a proof of our choice. */
  async function seenWith(tenant: TestTenant, proof: string): Promise<string[]> {
    const app = new pg.Client({ connectionString: db.app });
    await app.connect();
    try {
      await app.query('BEGIN');
      await app.query('CALL ringfence.bind($1, $2)', [tenant.id, proof]);
      return (await app.query('SELECT name FROM folders')).rows.map(({ name }) => name);
    } finally {
      await app.end();
    }
  }
  const unproven = { code: 'RF003' };

  it('is good for its tenant, until it expires', async () => {
    const good = proveContext(key, a.id, seconds() + 30);
    expect(await seenWith(a, good)).toEqual([`of ${a.slug}`]);
    await expect(seenWith(b, good)).rejects.toMatchObject(unproven);
    const old = proveContext(key, a.id, seconds() - 5);
    await expect(seenWith(a, old)).rejects.toMatchObject(unproven);
  });

  it('made with another secret, or altered, is refused', async () => {
    const stranger = { kid: key.kid, secret: Buffer.alloc(32, 7) };
    await expect(seenWith(a, proveContext(stranger, a.id, seconds() + 30))).rejects.toMatchObject(
      unproven,
    );
    const [kid, expiry, mac] = proveContext(key, a.id, seconds() + 30).split('.');
    for (const altered of [
      `${kid}.${Number(expiry) + 1}.${mac}`,
      `${kid}.${expiry}.${mac?.toUpperCase()}`,
      `${kid}.${expiry}.`,
      `.${expiry}.${mac}`,
      `${kid}.${expiry}`,
    ]) {
      await expect(seenWith(a, altered)).rejects.toMatchObject(unproven);
    }
  });

  it('outlives its expiry inside the transaction that began in time', async () => {
    const app = new pg.Client({ connectionString: db.app });
    await app.connect();
    await app.query('BEGIN');
    await app.query('CALL ringfence.bind($1, $2)', [a.id, proveContext(key, a.id, seconds() + 1)]);
    await app.query('SELECT pg_sleep(2.2)');
    expect((await app.query('SELECT name FROM folders')).rows).toHaveLength(1);
    await app.end();
  });

  it('stays good while keys rotate: the new key beside the old one, until that is taken away', async () => {
    const next = { kid: 'next', secret: Buffer.alloc(32, 9) };
    const byNext = (): Promise<string[]> => seenWith(a, proveContext(next, a.id, seconds() + 30));
    const byOld = (): Promise<string[]> => seenWith(a, proveContext(key, a.id, seconds() + 30));
    await expect(byNext()).rejects.toMatchObject(unproven);
    await asOwner(STORE_KEY_STATEMENT, storedKey(next));
    expect(await byNext()).toEqual(await byOld());
    await asOwner('DELETE FROM ringfence.context_keys WHERE kid = $1', ['next']);
    await expect(byNext()).rejects.toMatchObject(unproven);
    expect(await byOld()).toHaveLength(1);
  });

  it('is nowhere for another session to read', async () => {
    await withTenant(a, () =>
      pool.transaction(async (tx) => {
        const { rows } = await tx.query<{ proof: string }>(
          "SELECT current_setting('app.current_tenant_proof') AS proof",
        );
        const mac = rows[0]?.proof.split('.')[2] ?? 'missing';
        const other = new pg.Client({ connectionString: db.app });
        await other.connect();
        const activity = await other.query('SELECT * FROM pg_stat_activity WHERE datname = $1', [
          db.name,
        ]);
        const settings = await other.query('SELECT name, setting FROM pg_settings');
        await other.end();
        const seen = JSON.stringify([activity.rows, settings.rows]);
        expect(seen.includes("current_setting('app.current_tenant_proof') AS proof")).toBe(true);
        expect([seen.includes(mac), seen.includes(a.id)]).toEqual([false, false]);
      }),
    );
  });
});

describe('without proofs, for those who choose it', () => {
  it('tenants are apart, and SQL of the application can be any of them', async () => {
    const believing = await createTestDatabase({
      sql:
        machinerySql(undefined, 'unproven') +
        tenantTableSql({ name: 'folders', columns: [{ name: 'name', type: 'text' }] }),
      trust: 'unproven',
    });
    const open = new TenantPool({ connectionString: believing.app, keyring: UNPROVEN });
    const two = await twoTenants(believing);
    await withTenant(two.b, () => open.query("INSERT INTO folders (name) VALUES ('of b')"));
    expect((await withTenant(two.b, () => open.query('SELECT FROM folders'))).rowCount).toBe(1);
    expect((await withTenant(two.a, () => open.query('SELECT FROM folders'))).rowCount).toBe(0);
    const pivoted = await withTenant(two.a, () =>
      open.transaction(async (tx) => {
        await tx.query("SELECT set_config('app.current_tenant_id', $1, true)", [two.b.id]);
        return (await tx.query('SELECT name FROM folders')).rows;
      }),
    );
    expect(pivoted).toEqual([{ name: 'of b' }]);
    await open.end();
    await believing.drop();
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { createPlainDatabase, type PlainDatabase } from '../../test/plain-database.fixture.js';
import { keyringFromEnvironment, TenantPool } from '../postgres/index.js';
import { type TestDatabase, twoTenants, withTenant } from '../testing/index.js';
import { type Finding, mutate, prove } from './index.js';

const A = 'aaaaaaaa-0000-4000-8000-00000000000a';
const B = 'bbbbbbbb-0000-4000-8000-00000000000b';
const OWN = "tenant_id = nullif(current_setting('app.tenant', true), '')::uuid";
const protect = (table: string): string => `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
  ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
  CREATE POLICY own ON ${table} USING (${OWN}) WITH CHECK (${OWN});
  GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO {app};`;
const SCHEMA = `
  CREATE TABLE items (tenant_id uuid NOT NULL, id int GENERATED ALWAYS AS IDENTITY, label text,
    code uuid NOT NULL DEFAULT gen_random_uuid(), PRIMARY KEY (tenant_id, id));
  CREATE TABLE lines (tenant_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), item_id int,
    PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, item_id) REFERENCES items (tenant_id, id));
  ${protect('items')} ${protect('lines')}
  SET app.tenant = '${A}';
  INSERT INTO items (tenant_id, label) VALUES ('${A}', 'of A'), ('${A}', 'more of A');
  INSERT INTO lines (tenant_id, item_id) SELECT tenant_id, id FROM items;
  SET app.tenant = '${B}';
  INSERT INTO items (tenant_id, label) VALUES ('${B}', 'of B');
  INSERT INTO lines (tenant_id, item_id) SELECT tenant_id, id FROM items;`;

/** Hole, its undoing, and what of it shows when nobody but the application may look. */
const HOLES: readonly [string, string, string, readonly string[]][] = [
  [
    'no row-level security',
    'ALTER TABLE lines DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE lines ENABLE ROW LEVEL SECURITY',
    ['read', 'count', 'update', 'delete', 'insert-as-other', 'returning', 'interleaving'],
  ],
  [
    'an UPDATE that pushes rows away',
    `CREATE POLICY lax ON lines FOR UPDATE USING (${OWN}) WITH CHECK (true)`,
    'DROP POLICY lax ON lines',
    [],
  ],
  [
    'a unique key without the tenant',
    'CREATE UNIQUE INDEX one_code ON items (code)',
    'DROP INDEX one_code',
    ['upsert-oracle', 'unique-oracle'],
  ],
  [
    'a view of the owner, who is not bound by the policies',
    'ALTER TABLE items NO FORCE ROW LEVEL SECURITY; CREATE VIEW all_items AS SELECT tenant_id, id, code, label FROM items; GRANT SELECT ON all_items TO {app}',
    'DROP VIEW all_items; ALTER TABLE items FORCE ROW LEVEL SECURITY',
    [],
  ],
];

const leaksOf = (findings: readonly Finding[]): string[] =>
  findings
    .filter(({ verdict, operation }) => verdict === 'leaked' && operation !== 'context-pivot')
    .map(({ operation }) => operation);

describe('a database with a plain setting', () => {
  let db: PlainDatabase;
  let undo = '';
  beforeAll(async () => {
    db = await createPlainDatabase(SCHEMA);
  });
  afterEach(async () => {
    if (undo) await db.run(db.owner, undo);
    undo = '';
  });
  afterAll(() => db?.drop());

  const common = { setting: 'app.tenant', directions: 'one' } as const;
  const asOwner = () => prove({ ...common, adminUrl: db.owner, appUrl: db.app });
  const alone = () => prove({ ...common, appUrl: db.app, tenants: [A, B] });
  const state = async (): Promise<unknown> =>
    (
      await db.run(
        db.superuser,
        `SELECT (SELECT json_agg(i ORDER BY i.code) FROM items i)::text, (SELECT json_agg(l ORDER BY l.id) FROM lines l)::text,
         (SELECT last_value FROM items_id_seq)`,
      )
    ).rows;

  it('is proven by its owner as by a superuser', async () => {
    const { findings, summary } = await asOwner();
    expect(leaksOf(findings)).toEqual([]);
    const open = findings.filter(({ verdict }) => verdict === 'not-provable');
    expect(open.filter(({ operation }) => operation !== 'explain')).toEqual([]);
    expect(summary.proven).toBeGreaterThan(25);
  });

  it('is proven by its login alone, as far as that goes, and nothing stays behind', async () => {
    const before = await state();
    const { findings, summary } = await alone();
    expect(leaksOf(findings)).toEqual([]);
    expect(summary.proven).toBeGreaterThan(20);
    for (const finding of findings) {
      if (finding.verdict === 'not-provable') {
        expect(`${finding.operation}: ${finding.why}`).toMatch(
          /^(copy|explain|cascade|sequence|stats): |only an administrator/,
        );
      }
    }
    expect(await state()).toEqual(before);
  });

  it.each(HOLES)('shows a hole: %s', async (_, hole, fix, seenAlone) => {
    await db.run(db.owner, hole);
    undo = fix;
    const superuser = await prove({ ...common, adminUrl: db.superuser, appUrl: db.app });
    const expected = leaksOf(superuser.findings);
    expect(expected).not.toEqual([]);
    expect(leaksOf((await asOwner()).findings)).toEqual(expected);
    const before = await state();
    const { findings } = await alone();
    expect(leaksOf(findings)).toEqual(expect.arrayContaining([...seenAlone]));
    // What cannot be shown alone is not called proven.
    const leaked = superuser.findings.filter(({ verdict }) => verdict === 'leaked');
    const wrong = findings.filter(
      (one) =>
        one.verdict === 'proven' &&
        leaked.some(
          ({ object, operation }) => one.object === object && one.operation === operation,
        ),
    );
    expect(wrong).toEqual([]);
    expect(await state()).toEqual(before);
  });

  it('refuses the owner what only a superuser can do cleanly', async () => {
    const owner = { adminUrl: db.owner, appUrl: db.app, setting: 'app.tenant' };
    const refused = { code: 'PROOF_IMPOSSIBLE' };
    await expect(prove({ ...owner, inPlace: true })).rejects.toMatchObject(refused);
    await expect(mutate(owner)).rejects.toMatchObject(refused);
    await expect(prove({ ...owner, adminUrl: db.app })).rejects.toMatchObject(refused);
    await expect(prove({ appUrl: db.app })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    });
  });
});

describe('a database under ringfence', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createLibraryDatabase();
  });
  afterAll(() => db?.drop());

  it('is proven by its login alone, with the key of the application', async () => {
    const { a, b } = await twoTenants(db);
    const pool = new TenantPool({ connectionString: db.app, max: 1 });
    for (const tenant of [a, b]) {
      await withTenant(tenant, async () => {
        const { rows } = await pool.query("INSERT INTO folders (name) VALUES ('f') RETURNING id");
        await pool.query("INSERT INTO notes (folder_id, title, body) VALUES ($1, 't', 'b')", [
          rows[0].id,
        ]);
      });
    }
    await pool.end();
    const options = { appUrl: db.app, tenants: [a.id, b.id] as const };
    await expect(prove(options)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
    const contextKey = keyringFromEnvironment().signingKey();
    const { findings, summary } = await prove({ ...options, contextKey });
    expect(findings.filter(({ verdict }) => verdict === 'leaked')).toEqual([]);
    expect(summary.proven).toBeGreaterThan(40);
  });
});

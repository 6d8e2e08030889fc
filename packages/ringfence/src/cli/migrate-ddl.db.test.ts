import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applySql, readMigrationFolders } from '../migration/index.js';
import { TenantPool } from '../postgres/index.js';
import { machinerySql, tenantTableSql } from '../sql/index.js';
import {
  createTestDatabase,
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../testing/index.js';
import { main } from './main.js';

let database: TestDatabase;
let cwd: string;
beforeAll(async () => {
  const documents = tenantTableSql({
    name: 'documents',
    columns: [{ name: 'title', type: 'text NOT NULL' }],
  });
  database = await createTestDatabase({ sql: `${machinerySql()}\n${documents}` });
});
afterAll(() => database.drop());
beforeEach(() => {
  cwd = mkdtempSync(path.join(os.tmpdir(), 'migrate-'));
  return () => rmSync(cwd, { recursive: true });
});

async function run(line: string, env: Record<string, string | undefined> = {}) {
  const lines: string[] = [];
  const code = await main(['migrate', ...line.split(' ')], {
    env,
    cwd,
    out: (text) => lines.push(text),
  });
  return { code, text: lines.join('\n') };
}
const NEW = 'new document_slug --table public.documents --column slug --from title';
const folder = () => readMigrationFolders(path.join(cwd, 'migrations'))[0]?.folder ?? '';

describe('ringfence migrate', () => {
  it('explains itself, and refuses what it does not know', async () => {
    expect((await run('--help')).code).toBe(0);
    for (const verb of ['new', 'lint', 'plan']) {
      const help = await run(`${verb} --help`);
      expect(help.code).toBe(0);
      expect(Math.max(...help.text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(
        82,
      );
    }
    expect(await run('dance')).toEqual({
      code: 2,
      text: 'CONFIGURATION_INVALID: No command migrate dance.',
    });
    expect((await run('lint --colour')).code).toBe(2);
    expect((await run('new x --table documents')).text).toMatch(/Give --column/);
    expect((await run('new Drop;table --table documents --column a')).text).toMatch(/a-z/);
    expect((await run('plan migrations')).text).toMatch(/Give --url/);
  });

  it('writes a folder that lints clean, with a database and without', async () => {
    expect((await run(NEW)).code).toBe(0);
    expect(await run('lint')).toMatchObject({ code: 0, text: expect.stringContaining('0 errors') });
    const asked = await run('lint migrations', { DATABASE_MIGRATION_URL: database.migration });
    expect(asked).toMatchObject({ code: 0, text: '1 migration, 0 errors, 0 warnings, 0 allowed.' });
    expect((await run(`lint --since ${path.basename(folder())}`)).text).toMatch(/^0 migrations/);
  });

  it('ends with 1 for an error, and with 0 once it is allowed', async () => {
    await run(NEW);
    const file = path.join(folder(), 'expand.sql');
    const sql = readFileSync(file, 'utf8');
    writeFileSync(file, `${sql}\nTRUNCATE public.documents;\n`);
    const refused = await run('lint --json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.text).migrations[0].findings).toMatchObject([{ rule: 'truncated' }]);
    const line = '-- ringfence: allow truncated: nothing was ever written to it';
    writeFileSync(file, `${sql}\n${line}\nTRUNCATE public.documents;\n`);
    expect(await run(`lint ${folder()}`)).toMatchObject({ code: 0 });
  });

  it('plans it, measured and tried, and changes nothing', async () => {
    await run(NEW);
    await twoTenants(database);
    const plan = await run(`plan ${folder()} --url ${database.migration} --trial --json`);
    expect(plan.code).toBe(0);
    expect(JSON.parse(plan.text).plans[0].trial['expand.sql']).toEqual([
      { table: 'documents', mode: 'AccessExclusiveLock' },
      { table: 'documents', mode: 'ShareRowExclusiveLock' },
    ]);
    const text = await run(`plan migrations --url ${database.migration}`);
    expect(text.text).toMatch(/ACCESS EXCLUSIVE +public.documents +reads, writes +< 1 s/);
  });
});

describe('the folder to start from', () => {
  let client: pg.Client;
  let pool: TenantPool;
  let a: TestTenant;
  let b: TestTenant;
  beforeAll(async () => {
    client = new pg.Client({ connectionString: database.migration });
    await client.connect();
    pool = new TenantPool({ connectionString: database.app, max: 2 });
    ({ a, b } = await twoTenants(database));
  });
  afterAll(async () => {
    await client.end();
    await pool.end();
  });
  const as = (tenant: TestTenant, sql: string): Promise<pg.QueryResult> =>
    withTenant(tenant, () => pool.query(sql));

  it('runs, from the old release to the new one', async () => {
    await run(NEW);
    const [migration] = readMigrationFolders(path.join(cwd, 'migrations'));
    if (migration?.backfill?.kind !== 'sql' || !migration.verify) throw new Error('no backfill');
    await as(a, "INSERT INTO documents (title) VALUES ('Old')");
    for (const file of migration.expand) await applySql(client, file);
    // The old release goes on, and the new one begins, on the same rows.
    await as(a, "INSERT INTO documents (title) VALUES ('By old code')");
    await as(b, "INSERT INTO documents (slug) VALUES ('by new code')");
    const batch = migration.backfill.sql
      .replaceAll(':after', "'00000000-0000-0000-0000-000000000000'")
      .replaceAll(':upto', "'ffffffff-ffff-ffff-ffff-ffffffffffff'");
    expect((await as(a, batch)).rowCount).toBe(1);
    expect((await as(a, batch)).rowCount).toBe(0);
    for (const tenant of [a, b]) {
      const { rows } = await as(tenant, migration.verify.sql);
      expect(rows).toEqual([
        { mismatches: '0', checksum: expect.stringMatching(/^[0-9a-f]{32}$/) },
      ]);
    }
    for (const file of migration.contract) await applySql(client, file);
    const { rows } = await as(a, 'SELECT slug FROM documents ORDER BY slug');
    expect(rows).toEqual([{ slug: 'By old code' }, { slug: 'Old' }]);
    expect((await as(b, "UPDATE documents SET slug = 'x'")).rowCount).toBe(1);
  });
});

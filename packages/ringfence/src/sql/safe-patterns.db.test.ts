import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSqlFile } from '../migration/folder/index.js';
import { applySql } from '../migration/index.js';
import { TenantPool } from '../postgres/index.js';
import {
  createTestDatabase,
  type TestDatabase,
  type TestTenant,
  twoTenants,
  withTenant,
} from '../testing/index.js';
import { concurrentIndexSql, uniqueFromIndexSql } from './concurrent-index.js';
import { dropDualWriteSql, dualWriteSql } from './dual-write.js';
import { expandColumnsSql } from './expand-columns.js';
import { machinerySql } from './machinery.js';
import { addForeignKeySql, countOrphansSql, validateForeignKeySql } from './safe-foreign-key.js';
import { safeNotNullSql } from './safe-not-null.js';
import { tenantTableSql } from './tenant-table.js';

let db: TestDatabase;
let pool: TenantPool;
let client: pg.Client;
let admin: pg.Client;
let a: TestTenant;
let b: TestTenant;
let folder: string;

beforeAll(async () => {
  const tables = [
    tenantTableSql({ name: 'folders', columns: [] }),
    tenantTableSql({ name: 'documents', columns: [{ name: 'title', type: 'text' }] }),
  ];
  db = await createTestDatabase({ sql: [machinerySql(), ...tables].join('\n') });
  pool = new TenantPool({ connectionString: db.app, max: 2 });
  client = new pg.Client({ connectionString: db.migration });
  admin = new pg.Client({ connectionString: db.admin });
  await Promise.all([client.connect(), admin.connect()]);
  folder = mkdtempSync(path.join(os.tmpdir(), 'patterns-'));
});
afterAll(async () => {
  await Promise.all([client.end(), admin.end(), pool.end()]);
  await db.drop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await admin.query('TRUNCATE documents, folders');
  ({ a, b } = await twoTenants(db));
});

/** As the runner does, from a file. */
async function apply(sql: string): Promise<void> {
  const file = path.join(folder, 'expand.sql');
  writeFileSync(file, sql);
  await applySql(client, readSqlFile(file));
}
const asTenant = (tenant: TestTenant, sql: string): Promise<pg.QueryResult> =>
  withTenant(tenant, () => pool.query(sql));
const constraint = async (name: string) =>
  (await admin.query('SELECT convalidated AS valid FROM pg_constraint WHERE conname = $1', [name]))
    .rows[0]?.valid;

describe('a foreign key on tables with rows', () => {
  const key = { table: 'documents', column: 'folder_id', parent: 'folders' };
  const forced = async () =>
    (
      await admin.query(
        "SELECT bool_and(relforcerowsecurity) AS forced FROM pg_class WHERE relname IN ('folders', 'documents')",
      )
    ).rows[0].forced;

  it('sees an orphan that the plain VALIDATE passes over, and keeps FORCE', async () => {
    await apply(
      'ALTER TABLE documents ADD folder_id uuid; GRANT UPDATE (folder_id) ON documents TO "ringfence_app"',
    );
    await asTenant(
      a,
      "INSERT INTO documents (title, folder_id) VALUES ('orphan', gen_random_uuid())",
    );
    await asTenant(b, 'INSERT INTO folders DEFAULT VALUES');
    await asTenant(b, "INSERT INTO documents (title, folder_id) SELECT 'whole', id FROM folders");
    const orphans = async (tenant: TestTenant) =>
      (await asTenant(tenant, countOrphansSql(key))).rows[0].mismatches;
    expect([await orphans(a), await orphans(b)]).toEqual(['1', '0']);

    await apply(addForeignKeySql(key));
    expect(await constraint('documents_folder_id_fkey')).toBe(false);
    // New rows are held to it from now on.
    await expect(
      asTenant(a, "INSERT INTO documents (title, folder_id) VALUES ('new', gen_random_uuid())"),
    ).rejects.toMatchObject({ code: '23503' });

    // The trap: the owner under FORCE "validates" without seeing the orphan.
    await client.query('BEGIN');
    await client.query('SET LOCAL ROLE ringfence_owner');
    await client.query('ALTER TABLE documents VALIDATE CONSTRAINT documents_folder_id_fkey');
    await client.query('ROLLBACK');

    await expect(apply(validateForeignKeySql(key))).rejects.toThrow(/violates foreign key/);
    expect(await constraint('documents_folder_id_fkey')).toBe(false);
    expect(await forced()).toBe(true);

    await asTenant(a, "DELETE FROM documents WHERE title = 'orphan'");
    await apply(validateForeignKeySql(key));
    expect(await constraint('documents_folder_id_fkey')).toBe(true);
    expect(await forced()).toBe(true);
    await apply('ALTER TABLE documents DROP COLUMN folder_id');
  });
});

describe('a column on a table with rows', () => {
  it('ends as the generator of new tables would have made it', async () => {
    await asTenant(a, "INSERT INTO documents (title) VALUES ('before')");
    const files = expandColumnsSql({ name: 'documents' }, [
      { name: 'folder_id', type: 'uuid', references: { table: 'folders', onDelete: 'set null' } },
      { name: 'pinned', type: 'boolean NOT NULL DEFAULT false' },
    ]);
    expect(files.map(({ file }) => file)).toEqual([
      'expand.sql',
      'expand-2.sql',
      'expand-3.sql',
      'expand-4.sql',
    ]);
    expect(files.map(({ sql }) => sql).join('\n')).toMatchSnapshot();
    for (const { sql } of files) await apply(sql);
    expect(await constraint('documents_folder_id_fkey')).toBe(true);
    await asTenant(a, 'INSERT INTO folders DEFAULT VALUES');
    const moved = await asTenant(
      a,
      'UPDATE documents SET folder_id = (SELECT id FROM folders), pinned = true RETURNING pinned',
    );
    expect(moved.rows).toEqual([{ pinned: true }]);
    await asTenant(a, 'DELETE FROM folders');
    const left = await asTenant(a, 'SELECT folder_id FROM documents');
    expect(left.rows).toEqual([{ folder_id: null }]);
  });
});

describe('NOT NULL on a table with rows', () => {
  it('finds a NULL of any tenant, and holds afterwards without reading again', async () => {
    const [add, validate, set] = safeNotNullSql({ table: 'documents', column: 'title' });
    await asTenant(b, 'INSERT INTO documents (title) VALUES (NULL)');
    await apply(add);
    await expect(asTenant(a, 'INSERT INTO documents (title) VALUES (NULL)')).rejects.toMatchObject({
      code: '23514',
    });
    // Nothing is bound, and the check is not blinded by row-level security.
    await expect(apply(validate)).rejects.toThrow(/violated by some row/);
    await asTenant(b, 'DELETE FROM documents');
    await apply(validate);
    const notices: (string | undefined)[] = [];
    client.on('notice', ({ message }) => notices.push(message));
    await apply(`SET LOCAL client_min_messages = debug1; ${set}`);
    client.removeAllListeners('notice');
    expect(notices.join()).toMatch(/sufficient to prove that it does not contain nulls/);
    await expect(asTenant(a, 'INSERT INTO documents (title) VALUES (NULL)')).rejects.toMatchObject({
      code: '23502',
    });
    expect(await constraint('documents_title_filled')).toBeUndefined();
    await apply('ALTER TABLE documents ALTER title DROP NOT NULL');
  });
});

describe('a unique key on a table with rows', () => {
  it('is built beside reads and writes, led by the tenant', async () => {
    const key = { table: 'documents', columns: ['title'], unique: true };
    await asTenant(a, "INSERT INTO documents (title) VALUES ('same')");
    await asTenant(b, "INSERT INTO documents (title) VALUES ('same')");
    await apply(concurrentIndexSql(key));
    await apply(uniqueFromIndexSql(key));
    await expect(
      asTenant(a, "INSERT INTO documents (title) VALUES ('same')"),
    ).rejects.toMatchObject({
      code: '23505',
    });
    await apply('ALTER TABLE documents DROP CONSTRAINT documents_title_key');
  });
});

describe('the trigger that writes both shapes', () => {
  const change = {
    table: 'documents',
    old: 'title',
    new: 'slug',
    forward: "replace(lower(NEW.title), ' ', '-')",
    backward: 'initcap(NEW.slug)',
  };
  beforeEach(async () => {
    await apply(
      `ALTER TABLE documents ADD slug text; GRANT UPDATE (slug) ON documents TO "ringfence_app"`,
    );
    await apply(dualWriteSql(change));
    return async () => {
      await apply(dropDualWriteSql(change));
      await apply('ALTER TABLE documents DROP slug');
    };
  });
  const rows = async (tenant: TestTenant) =>
    (await asTenant(tenant, 'SELECT title, slug FROM documents ORDER BY title')).rows;

  it.each([
    [
      'an insert of old code',
      "INSERT INTO documents (title) VALUES ('My Plan')",
      'My Plan',
      'my-plan',
    ],
    ['an insert of new code', "INSERT INTO documents (slug) VALUES ('plan')", 'Plan', 'plan'],
    [
      'an insert of both',
      "INSERT INTO documents (title, slug) VALUES ('My Plan', 'other')",
      'My Plan',
      'other',
    ],
  ])('translates %s', async (_what, sql, title, slug) => {
    await asTenant(a, sql);
    expect(await rows(a)).toEqual([{ title, slug }]);
    expect(await rows(b)).toEqual([]);
  });

  it.each([
    ['old code', "title = 'New Name'", 'New Name', 'new-name'],
    ['new code', "slug = 'shorter'", 'Shorter', 'shorter'],
    ['both', "title = 'X', slug = 'y'", 'X', 'y'],
    ['old code that takes it away', 'title = NULL', null, null],
    ['neither', 'title = title', 'My Plan', 'my-plan'],
  ])('translates an update of %s, for the tenant that wrote', async (_what, set, title, slug) => {
    for (const tenant of [a, b])
      await asTenant(tenant, "INSERT INTO documents (title) VALUES ('My Plan')");
    await asTenant(a, `UPDATE documents SET ${set}`);
    expect(await rows(a)).toEqual([{ title, slug }]);
    expect(await rows(b)).toEqual([{ title: 'My Plan', slug: 'my-plan' }]);
  });

  it('does not let a backfill write a lossy translation back', async () => {
    await admin.query('ALTER TABLE documents DISABLE TRIGGER USER');
    await asTenant(a, "INSERT INTO documents (title) VALUES ('McKinsey Plan')");
    await admin.query('ALTER TABLE documents ENABLE TRIGGER USER');
    await asTenant(
      a,
      "UPDATE documents SET slug = replace(lower(title), ' ', '-') WHERE slug IS NULL",
    );
    expect(await rows(a)).toEqual([{ title: 'McKinsey Plan', slug: 'mckinsey-plan' }]);
  });

  it('starts no other trigger, and changes one row for each that was written', async () => {
    await asTenant(
      a,
      "INSERT INTO documents (title) SELECT 'n' || n FROM generate_series(1, 20) n",
    );
    const { rowCount } = await asTenant(a, "UPDATE documents SET title = title || '!'");
    expect(rowCount).toBe(20);
    expect((await rows(a)).every(({ title, slug }) => slug === title)).toBe(true);
  });

  it('is no way around row-level security', async () => {
    await asTenant(b, "INSERT INTO documents (title) VALUES ('of b')");
    const { rowCount } = await asTenant(a, "UPDATE documents SET title = 'taken'");
    expect(rowCount).toBe(0);
    expect(await rows(b)).toEqual([{ title: 'of b', slug: 'of-b' }]);
    const { rows: rights } = await admin.query(
      `SELECT prosecdef AS definer, has_function_privilege('public', p.oid, 'EXECUTE') AS public
       FROM pg_proc p WHERE proname = 'documents_title_slug_dual_write'`,
    );
    expect(rights).toEqual([{ definer: false, public: false }]);
  });
});

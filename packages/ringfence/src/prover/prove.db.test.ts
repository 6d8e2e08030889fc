import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import type { TestDatabase } from '../testing/index.js';
import { type Finding, type ProveOptions, prove } from './index.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createLibraryDatabase();
});
afterAll(() => db.drop());

async function asAdmin(sql: string): Promise<pg.QueryResult> {
  const admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  try {
    return await admin.query(sql);
  } finally {
    await admin.end();
  }
}

async function leaks(options: Partial<ProveOptions> = {}): Promise<Finding[]> {
  const urls = { adminUrl: db.admin, appUrl: db.app };
  const proof = await prove({ ...urls, directions: 'one', ...options });
  return proof.findings.filter(({ verdict }) => verdict === 'leaked');
}

const COPIES = "SELECT FROM pg_database WHERE datname LIKE 'ringfence\\_prove\\_%'";

describe('a database that the generators wrote', () => {
  it.each([false, true])('is proven, and left as it was (in place: %s)', async (inPlace) => {
    const proof = await prove({ adminUrl: db.admin, appUrl: db.app, inPlace });
    expect(proof.findings.filter(({ verdict }) => verdict === 'leaked')).toEqual([]);
    expect(proof.summary.proven).toBeGreaterThan(50);
    const left = await asAdmin(
      'SELECT (SELECT count(*) FROM folders) + (SELECT count(*) FROM notes) AS n',
    );
    expect(left.rows).toEqual([{ n: '0' }]);
    expect(
      proof.findings.filter(
        ({ verdict, operation }) =>
          verdict === 'not-provable' && !/explain|pooled|interleaving/.test(operation),
      ),
    ).toEqual([]);
  });

  it('is not touched while somebody is connected: then it cannot be left clean', async () => {
    const busy = new pg.Client({ connectionString: db.app });
    await busy.connect();
    await expect(prove({ adminUrl: db.admin, appUrl: db.app })).rejects.toMatchObject({
      code: 'PROOF_IMPOSSIBLE',
    });
    await busy.end();
  });

  it('wants an administrator who sees everything', async () => {
    await expect(
      prove({ adminUrl: db.migration, appUrl: db.app, inPlace: true }),
    ).rejects.toMatchObject({ code: 'PROOF_IMPOSSIBLE' });
  });
});

describe('a hole', () => {
  let undo = '';
  afterEach(async () => {
    await asAdmin(undo);
  });
  const owner = 'SET ROLE ringfence_owner;';

  it.each<[string, string, string, string[]]>([
    [
      'no row-level security',
      'ALTER TABLE folders DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE folders ENABLE ROW LEVEL SECURITY',
      [
        'read',
        'count',
        'insert-as-other',
        'update',
        'delete',
        'returning',
        'copy',
        'stats',
        'interleaving',
      ],
    ],
    [
      'TRUNCATE',
      'GRANT TRUNCATE ON notes TO ringfence_app',
      'REVOKE TRUNCATE ON notes FROM ringfence_app',
      ['truncate'],
    ],
    [
      'a unique key without the tenant',
      'ALTER TABLE folders ADD CONSTRAINT one_name UNIQUE (name)',
      'ALTER TABLE folders DROP CONSTRAINT one_name',
      ['upsert-oracle', 'unique-oracle'],
    ],
    [
      'a unique expression without the tenant',
      'CREATE UNIQUE INDEX one_name ON folders (lower(name))',
      'DROP INDEX one_name',
      ['upsert-oracle', 'unique-oracle'],
    ],
    [
      'a foreign key without the tenant',
      'ALTER TABLE folders ADD CONSTRAINT one_id UNIQUE (id); ALTER TABLE notes DROP CONSTRAINT notes_folder_id_fkey, ADD CONSTRAINT notes_folder_id_fkey FOREIGN KEY (folder_id) REFERENCES folders (id) ON DELETE CASCADE',
      'ALTER TABLE notes DROP CONSTRAINT notes_folder_id_fkey; ALTER TABLE folders DROP CONSTRAINT one_id; ALTER TABLE notes ADD CONSTRAINT notes_folder_id_fkey FOREIGN KEY (tenant_id, folder_id) REFERENCES folders (tenant_id, id)',
      ['upsert-oracle', 'unique-oracle', 'foreign-key-oracle', 'cascade'],
    ],
    [
      'a function of the superuser',
      'CREATE FUNCTION every_note() RETURNS SETOF notes LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT * FROM notes $$; GRANT EXECUTE ON FUNCTION every_note() TO ringfence_app',
      'DROP FUNCTION every_note()',
      ['call', 'presence'],
    ],
    [
      'a function that tells whether something exists',
      'CREATE FUNCTION has_note(note uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT EXISTS (SELECT FROM notes WHERE id = note) $$; GRANT EXECUTE ON FUNCTION has_note(uuid) TO ringfence_app',
      'DROP FUNCTION has_note(uuid)',
      ['call'],
    ],
    [
      'a function that deletes for anybody',
      'CREATE FUNCTION drop_note(note uuid) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ DELETE FROM notes WHERE id = note $$; GRANT EXECUTE ON FUNCTION drop_note(uuid) TO ringfence_app',
      'DROP FUNCTION drop_note(uuid)',
      ['call'],
    ],
    [
      'a view of the superuser',
      'CREATE VIEW all_notes AS SELECT title FROM notes; GRANT SELECT ON all_notes TO ringfence_app',
      'DROP VIEW all_notes',
      ['read', 'presence'],
    ],
    [
      'a materialized view',
      'CREATE MATERIALIZED VIEW all_notes AS SELECT title FROM notes; GRANT SELECT ON all_notes TO ringfence_app',
      'DROP MATERIALIZED VIEW all_notes',
      ['read'],
    ],
    [
      'a sequence',
      `${owner} CREATE SEQUENCE numbers; GRANT USAGE, SELECT ON numbers TO ringfence_app`,
      'DROP SEQUENCE numbers',
      ['sequence'],
    ],
    [
      'readable keys',
      'GRANT USAGE ON SCHEMA ringfence TO ringfence_app; GRANT SELECT ON ringfence.context_keys TO ringfence_app',
      'REVOKE SELECT ON ringfence.context_keys FROM ringfence_app',
      ['context-pivot'],
    ],
  ])('is found, and nothing else: %s', async (_, hole, fix, operations) => {
    undo = `RESET ROLE; ${fix}`;
    await asAdmin(hole);
    const found = await leaks();
    expect(new Set(found.map(({ operation }) => operation))).toEqual(new Set(operations));
    for (const finding of found)
      expect(finding).toHaveProperty('statement', expect.stringMatching(/\w/));
    expect((await asAdmin(COPIES)).rowCount).toBe(0);
  });
});

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import type { TestDatabase } from '../testing/index.js';
import { checkApplicationRole } from './check-application-role.js';

let db: TestDatabase;
let admin: pg.Client;
let login: string;

beforeAll(async () => {
  db = await createLibraryDatabase();
  admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await db.drop();
});

beforeEach(async () => {
  login = `web_${randomBytes(4).toString('hex')}`;
  await admin.query(`CREATE ROLE ${login} LOGIN PASSWORD 'web' IN ROLE ringfence_app`);
});
afterEach(() => admin.query(`DROP OWNED BY ${login}; DROP ROLE ${login}`));

/** The sentences that stop the start of an application that logs in as `login`. */
async function problems(): Promise<string> {
  const url = new URL(db.app);
  Object.assign(url, { username: login, password: 'web' });
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const found = await checkApplicationRole(client);
  await client.end();
  return found.map(({ code, sentence }) => `${code}: ${sentence}`).join('\n');
}

describe('checkApplicationRole', () => {
  it('has nothing to say about a member of the application group', async () => {
    expect(await problems()).toBe('');
  });

  it.each([
    ['ALTER ROLE {} SUPERUSER', 'is a superuser'],
    ['ALTER ROLE {} BYPASSRLS', 'has BYPASSRLS'],
    ['ALTER ROLE {} CREATEROLE', 'has CREATEROLE'],
    ['ALTER ROLE {} REPLICATION', 'has REPLICATION'],
    ['GRANT pg_execute_server_program TO {}', 'may become pg_execute_server_program'],
    ['GRANT pg_write_server_files TO {}', 'may become pg_write_server_files'],
    ['GRANT pg_read_server_files TO {}', 'may become pg_read_server_files'],
    ['GRANT pg_read_all_data TO {}', 'may become pg_read_all_data'],
    ['GRANT ringfence_owner TO {}', 'may become ringfence_owner, which owns a tenant table'],
    ['GRANT ringfence_migrator TO {}', 'may become ringfence_owner'],
    ['ALTER TABLE notes OWNER TO {}', 'owns a tenant table'],
    ['ALTER SCHEMA ringfence OWNER TO {}', 'the schema ringfence'],
    ['GRANT CREATE ON SCHEMA public TO {}', 'may create objects in schema public'],
  ])('refuses %s', async (weaken, sentence) => {
    await admin.query(weaken.replace('{}', login));
    try {
      expect(await problems()).toContain(sentence);
      expect(await problems()).toContain('DATABASE_ROLE_UNSAFE');
    } finally {
      await admin.query(`REASSIGN OWNED BY ${login} TO ringfence_owner`);
    }
  });

  it('refuses TEMPORARY and CREATE on the database', async () => {
    const database = db.name;
    await admin.query(`GRANT TEMPORARY, CREATE ON DATABASE ${database} TO PUBLIC`);
    const found = await problems();
    await admin.query(`REVOKE TEMPORARY, CREATE ON DATABASE ${database} FROM PUBLIC`);
    expect(found).toContain('TEMPORARY');
    expect(found).toContain('may create schemas');
  });

  it('finds a role that can be reached only in two steps', async () => {
    await admin.query(`CREATE ROLE ${login}_step BYPASSRLS; GRANT ${login}_step TO ${login}`);
    const found = await problems();
    await admin.query(`DROP ROLE ${login}_step`);
    expect(found).toMatch(/may become web_\w+_step, which has BYPASSRLS/);
  });

  it.each([
    ['DISABLE ROW LEVEL SECURITY', 'ENABLE ROW LEVEL SECURITY', 'has no row-level security'],
    ['NO FORCE ROW LEVEL SECURITY', 'FORCE ROW LEVEL SECURITY', 'does not force'],
  ])('refuses a tenant table that was told to %s', async (weaken, restore, sentence) => {
    await admin.query(`ALTER TABLE notes ${weaken}`);
    const found = await problems();
    await admin.query(`ALTER TABLE notes ${restore}`);
    expect(found).toContain('DATABASE_UNPROTECTED');
    expect(found).toContain(sentence);
    expect(found).not.toContain('folders');
  });

  it('refuses a tenant table whose guard is gone or was changed', async () => {
    await admin.query('BEGIN; ALTER POLICY tenant_isolation ON notes RENAME TO parked; COMMIT');
    const found = await problems();
    await admin.query('ALTER POLICY parked ON notes RENAME TO tenant_isolation');
    expect(found).toContain('lacks the unchanged policy tenant_isolation');
  });
});

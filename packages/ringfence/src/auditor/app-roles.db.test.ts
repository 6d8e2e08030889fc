import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditInTransaction } from './audit.js';

const database = `ringfence_roles_${randomBytes(6).toString('hex')}`;
const admin = new pg.Client({ connectionString: process.env.RINGFENCE_TEST_ADMIN_URL });
const url = new URL(process.env.RINGFENCE_TEST_ADMIN_URL ?? '');

beforeAll(async () => {
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  url.pathname = `/${database}`;
});
afterAll(async () => {
  await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  await admin.end();
});

const NOTES = 'CREATE TABLE notes (tenant_id uuid NOT NULL, id uuid PRIMARY KEY, body text);';
const OWNED = `CREATE ROLE rr_owner NOLOGIN; ${NOTES} ALTER TABLE notes OWNER TO rr_owner;`;
const OFF = 'rls-off/table/public/notes';

describe('the application roles, when nobody names them', () => {
  it.each([
    [
      'the login with rights',
      `${OWNED} CREATE ROLE rr LOGIN; GRANT SELECT ON notes TO rr`,
      ['rr'],
      OFF,
    ],
    [
      'not the migrator beside it',
      `${OWNED} CREATE ROLE rr LOGIN; GRANT SELECT ON notes TO rr; CREATE ROLE rr_deploy LOGIN; GRANT rr_owner TO rr_deploy`,
      ['rr'],
      OFF,
    ],
    [
      'the owner, when it is the only login',
      `CREATE ROLE rr LOGIN; ${NOTES} ALTER TABLE notes OWNER TO rr`,
      ['rr'],
      'role-owns-tables/role/rr',
    ],
    [
      'even one that may create databases',
      `CREATE ROLE rr LOGIN CREATEDB; ${NOTES} ALTER TABLE notes OWNER TO rr`,
      ['rr'],
      OFF,
    ],
    [
      'a login that only calls functions',
      `${OWNED} CREATE ROLE rr LOGIN; CREATE FUNCTION f() RETURNS SETOF notes LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT * FROM public.notes'; REVOKE ALL ON FUNCTION f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f() TO rr`,
      ['rr'],
      'definer-bypasses/function/public/f',
    ],
    [
      'a superuser that is called an application',
      `${OWNED} CREATE ROLE rr LOGIN; GRANT SELECT ON notes TO rr; CREATE ROLE rr_api LOGIN SUPERUSER; GRANT USAGE ON SCHEMA public TO rr_api`,
      ['rr', 'rr_api'],
      'role-superuser/role/rr_api',
    ],
    [
      'an application in the group of owners',
      `${OWNED} CREATE ROLE rr LOGIN; GRANT SELECT ON notes TO rr; CREATE ROLE "rrWebApp" LOGIN; GRANT rr_owner TO "rrWebApp"`,
      ['rr', 'rrWebApp'],
      'role-owns-tables/role/rrWebApp',
    ],
    [
      'no superuser that is called an administrator, or is of another database',
      `${OWNED} CREATE ROLE rr LOGIN; GRANT SELECT ON notes TO rr; CREATE ROLE rr_app_admin LOGIN SUPERUSER; GRANT USAGE ON SCHEMA public TO rr_app_admin; CREATE ROLE other_app LOGIN SUPERUSER`,
      ['rr'],
      OFF,
    ],
    [
      'a group whose logins are yet to come',
      `${OWNED} CREATE ROLE rr NOLOGIN; GRANT SELECT ON notes TO rr`,
      ['rr'],
      OFF,
    ],
    ['nobody, and any that may come', NOTES, [], OFF],
    [
      'nobody, where everything is for PUBLIC',
      `${NOTES} GRANT ALL ON notes TO PUBLIC`,
      [],
      'privilege-truncate/table/public/notes',
    ],
  ])('are %s', async (_, sql, roles, key) => {
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query(sql);
      const { report } = await auditInTransaction(client, {});
      expect(report.summary.appRoles).toEqual(roles);
      expect(report.findings.map((each) => each.key)).toContain(key);
      const assumed = report.notRead.some(({ what }) => what === 'application roles');
      expect(assumed).toBe(roles.length === 0);
    } finally {
      await client.end();
    }
  });
});

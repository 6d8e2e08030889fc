import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { audit } from './audit.js';
import { readShop } from './checks/pages.fixture.js';

// A login with no right at all, in a database where somebody has shut parts of the catalog as well.
const name = `ringfence_poor_${randomBytes(6).toString('hex')}`;
const url = new URL(process.env.RINGFENCE_TEST_ADMIN_URL ?? '');
const admin = new pg.Client({ connectionString: url.href });
let inside: pg.Client;

beforeAll(async () => {
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'poor'`);
  url.pathname = `/${name}`;
  inside = new pg.Client({ connectionString: url.href });
  await inside.connect();
  await inside.query(readShop().replaceAll('shop_', `${name}_`));
  await inside.query(
    `CREATE POLICY lax ON shop.tasks FOR SELECT USING (true);
     CREATE FUNCTION shop.tenant() RETURNS uuid LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
       AS $$ SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid $$;
     REVOKE ALL ON FUNCTION shop.tenant() FROM PUBLIC;
     ALTER POLICY tenant ON shop.projects USING (tenant_id = (SELECT shop.tenant()));`,
  );
  url.username = name;
  url.password = 'poor';
});
afterAll(async () => {
  await inside.end();
  await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  for (const role of ['_app', '_owner', '_backup', ''])
    await admin.query(`DROP ROLE ${name}${role}`);
  await admin.end();
});

it('finds holes without any right, and says what it could not judge', async () => {
  const { findings, notRead } = await audit({ url: url.href, appRoles: [`${name}_app`] });
  expect(findings.map(({ key }) => key)).toContain('policy-open-read/table/shop/tasks');
  expect(notRead.map(({ what }) => what)).toEqual([expect.stringContaining('shop.tenant()')]);
});

it('goes on where the catalog is shut, and says so', async () => {
  const shut = ['pg_policy', 'pg_proc', 'pg_publication', 'pg_auth_members', 'pg_default_acl'];
  await inside.query(`REVOKE SELECT ON ${shut.join(', ')} FROM PUBLIC`);
  const { findings, notRead } = await audit({ url: url.href, appRoles: [`${name}_app`] });
  expect(notRead.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['policies', 'functions', 'memberships', 'publications']),
  );
  // A table whose policies could not be read is not said to have none.
  expect(findings.map(({ check }) => check)).not.toContain('no-permissive-policy');
  expect(findings.map(({ check }) => check)).not.toContain('no-drift-guard');
});

import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import {
  domainSubject,
  machinerySql,
  machineryUpdates,
  proveContext,
  roleNames,
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

let db: TestDatabase;
let pool: TenantPool;
let admin: pg.Client;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  db = await createLibraryDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 2 });
  admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await pool.end();
  await db.drop();
});
const B_DOMAIN = 'docs.globex.example';
beforeEach(async () => {
  ({ a, b } = await twoTenants(db));
  await admin.query(
    'DELETE FROM ringfence.tenant_domains; UPDATE ringfence.tenants SET host = NULL',
  );
  await withTenant(b, () => pool.activateDomain(B_DOMAIN));
});

const owner = async (name: string): Promise<string | undefined> =>
  (await pool.findTenant(name))?.id;

describe('a domain of a tenant', () => {
  it('names the tenant from its activation to its end', async () => {
    expect(await owner(B_DOMAIN)).toBe(b.id);
    expect(await owner(B_DOMAIN.toUpperCase())).toBe(b.id);
    expect(await owner(`x.${B_DOMAIN}`)).toBeUndefined();
    expect(await withTenant(b, () => pool.ownDomains())).toEqual([B_DOMAIN]);
    expect(await withTenant(a, () => pool.ownDomains())).toEqual([]);
    await withTenant(b, () => pool.deactivateDomain(B_DOMAIN));
    expect(await owner(B_DOMAIN)).toBeUndefined();
  });

  it('goes to whoever proved it last, and is given up by its owner only', async () => {
    await withTenant(a, () => pool.activateDomain(B_DOMAIN));
    expect(await owner(B_DOMAIN)).toBe(a.id);
    await withTenant(b, () => pool.deactivateDomain(B_DOMAIN));
    expect(await owner(B_DOMAIN)).toBe(a.id);
  });

  it('comes after the hosts that the platform gave', async () => {
    await admin.query('UPDATE ringfence.tenants SET host = $1 WHERE id = $2', ['a.example', a.id]);
    await expect(withTenant(b, () => pool.activateDomain('a.example'))).rejects.toMatchObject({
      code: '23505',
    });
    await withTenant(a, () => pool.activateDomain('a.example'));
    expect(await owner('a.example')).toBe(a.id);
    // The platform changes its mind about a domain that is active already.
    await admin.query('UPDATE ringfence.tenants SET host = $1 WHERE id = $2', [B_DOMAIN, a.id]);
    expect(await owner(B_DOMAIN)).toBe(a.id);
  });

  it.each([
    'single',
    '127.0.0.1',
    'UPPER.example',
    'a..example',
    '.example',
    'a.example.',
    '-a.example',
    'a_b.example',
    'a.example:80',
    'ex ample.org',
    'ünï.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(125)}example`,
    '[::1]',
    '',
  ])('cannot be %j', async (domain) => {
    await expect(withTenant(a, () => pool.activateDomain(domain))).rejects.toMatchObject({
      code: '23514',
    });
  });

  it('goes with its tenant', async () => {
    await admin.query('DELETE FROM ringfence.tenants WHERE id = $1', [b.id]);
    expect(await owner(B_DOMAIN)).toBeUndefined();
  });
});

/** Whatever SQL runs as the application role inside A's request. */
describe('SQL injected into the request of A', () => {
  const inA = (text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> =>
    withTenant(a, () => pool.query(text, values));
  const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
  const key = keyringFromEnvironment().signingKey();
  const refused: [string, () => string][] = [
    ['no proof', () => ''],
    ["its own context's proof", () => proveContext(key, a.id, inSeconds(60))],
    ['a proof of another domain', () => sign(a, 'docs.acme.example')],
    ["B's own proof for it", () => sign(b, B_DOMAIN)],
    ['an expired proof', () => sign(a, B_DOMAIN, -10)],
    ['rubbish', () => 'a.b.c'],
    ['a key that is not there', () => sign(a, B_DOMAIN).replace(/^[^.]+/, 'none')],
    ['a longer life', () => sign(a, B_DOMAIN).replace(/\.\d+\./, '.99999999999.')],
  ];
  function sign(tenant: TestTenant, domain: string, seconds = 60): string {
    return proveContext(key, domainSubject(tenant.id, domain), inSeconds(seconds));
  }

  it.each(refused)('takes no domain with %s', async (_case, proof) => {
    for (const domain of [B_DOMAIN, 'nobodys.example']) {
      await expect(
        inA('SELECT ringfence.activate_domain($1, $2)', [domain, proof()]),
      ).rejects.toMatchObject({ code: 'RF003' });
    }
    expect(await owner(B_DOMAIN)).toBe(b.id);
    // And the same call with the right proof goes through: it was the proof that was missing.
    await inA('SELECT ringfence.activate_domain($1, $2)', [B_DOMAIN, sign(a, B_DOMAIN)]);
    expect(await owner(B_DOMAIN)).toBe(a.id);
  });

  it('does not become B by a proof that B has for a domain', async () => {
    const subject = domainSubject(b.id, B_DOMAIN);
    const work = `DO $$ BEGIN
      PERFORM set_config('app.current_tenant_id', '${subject}', true),
        set_config('app.current_tenant_proof', '${sign(b, B_DOMAIN)}', true);
      PERFORM count(*) FROM folders; END $$`;
    await expect(inA(work)).rejects.toThrow(/invalid input syntax for type uuid/);
  });

  it('gives up nothing of B, and hears the same whosever it is', async () => {
    const answers = [B_DOMAIN, 'nobodys.example'].map(async (domain) => {
      const { rows } = await inA('SELECT ringfence.deactivate_domain($1)', [domain]);
      return rows;
    });
    const [theirs, nobodys] = await Promise.all(answers);
    expect(theirs).toEqual(nobodys);
    expect(await owner(B_DOMAIN)).toBe(b.id);
  });

  it.each([
    'SELECT * FROM ringfence.tenant_domains',
    'SELECT count(*) FROM ringfence.tenant_domains',
    "INSERT INTO ringfence.tenant_domains (domain, tenant) VALUES ('x.example', ringfence.current_tenant_id())",
    'UPDATE ringfence.tenant_domains SET tenant = ringfence.current_tenant_id()',
    'DELETE FROM ringfence.tenant_domains',
    "SELECT ringfence.is_proven('x', 'y')",
    'CREATE TRIGGER t AFTER INSERT ON folders EXECUTE FUNCTION ringfence.announce_change()',
  ])('may not %s', async (text) => {
    await expect(inA(text)).rejects.toMatchObject({ code: '42501' });
  });

  it('needs a tenant for every one of these functions', async () => {
    const plain = new pg.Client({ connectionString: db.app });
    await plain.connect();
    const activation = plain.query('SELECT ringfence.activate_domain($1, $2)', [
      B_DOMAIN,
      sign(a, B_DOMAIN),
    ]);
    await expect(activation).rejects.toMatchObject({ code: 'RF002' });
    await plain.query('SELECT ringfence.deactivate_domain($1)', [B_DOMAIN]);
    expect((await plain.query('SELECT * FROM ringfence.own_domains()')).rows).toEqual([]);
    await plain.end();
    expect(await owner(B_DOMAIN)).toBe(b.id);
  });
});

describe('a database without proofs', () => {
  it('believes the process, for domains as for tenants', async () => {
    const sql = [
      machinerySql(roleNames(), 'unproven'),
      ...machineryUpdates(roleNames(), 'unproven').map((update) => update.sql),
      tenantTableSql({ name: 'folders', columns: [] }),
    ];
    const unproven = await createTestDatabase({ sql: sql.join('\n'), trust: 'unproven' });
    const own = new TenantPool({ connectionString: unproven.app, keyring: UNPROVEN, max: 1 });
    const { a: first, b: second } = await twoTenants(unproven);
    await withTenant(first, () => own.activateDomain('one.example'));
    expect(await own.findTenant('one.example')).toMatchObject({ id: first.id });
    await withTenant(second, () => own.deactivateDomain('one.example'));
    expect(await own.findTenant('one.example')).toMatchObject({ id: first.id });
    await own.end();
    await unproven.drop();
  });
});

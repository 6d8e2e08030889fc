import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLibraryDatabase } from '../../test/library-database.fixture.js';
import { runInTenant } from '../context/index.js';
import { TenantPool } from '../postgres/index.js';
import { auditLogSql, measureQuotasSql, quotasSql, quotaTriggersSql } from '../sql/index.js';
import { type TestDatabase, type TestTenant, twoTenants } from '../testing/index.js';
import { main } from './main.js';

const COUNTED = { name: 'folders', quotas: { folders: '1' } };

let db: TestDatabase;
let admin: pg.Client;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  db = await createLibraryDatabase();
  admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  const sql = [auditLogSql(), quotasSql(), quotaTriggersSql(COUNTED), measureQuotasSql([COUNTED])];
  await admin.query(`SET ROLE ringfence_owner; ${sql.join('\n')}; RESET ROLE`);
  pool = new TenantPool({ connectionString: db.app, max: 1 });
  ({ a, b } = await twoTenants(db));
  for (const tenant of [a, b]) {
    await runInTenant(tenant.id, () => pool.query("INSERT INTO folders (name) VALUES ('one')"));
  }
});
afterAll(async () => {
  await Promise.all([pool?.end(), admin?.end()]);
  await db?.drop();
});

async function run(...args: string[]): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  const code = await main(['quotas', ...args], {
    env: { ...process.env, DATABASE_OPERATOR_URL: db.operator },
    out: (line) => out.push(line),
  });
  return { code, out: out.join('\n') };
}

describe('ringfence quotas', () => {
  it('changes nothing without --apply, and with it says why in the log', async () => {
    const set = ['set', '--plan', 'default', '--quota', 'folders', '--allow', '5'];
    expect((await run(...set)).out).toContain('Nothing was done');
    expect((await run('list')).out).toContain(`${a.slug} (default): folders 1 of unlimited`);
    expect(await run(...set, '--apply', '--reason', 'new prices')).toMatchObject({ code: 0 });
    const own = ['set', '--tenant', a.id, '--quota', 'folders', '--allow'];
    await run(...own, 'unlimited', '--apply');
    await run('plan', '--tenant', b.id, '--plan', 'large', '--apply');
    expect((await run('list')).out.split('\n')).toEqual([
      'plan default: folders 5',
      `${a.slug} (default): folders 1 of unlimited`,
      `${b.slug} (large): folders 1 of unlimited`,
    ]);
    await run(...own, 'inherit', '--apply');
    const { out } = await run('list', '--tenant', a.id, '--json');
    expect(JSON.parse(out).tenants).toMatchObject([{ slug: a.slug, used: '1', allowed: '5' }]);
    const { rows } = await admin.query(
      "SELECT actor_id FROM ringfence.platform_log WHERE object_type = 'quota_plans'",
    );
    expect(rows).toEqual([{ actor_id: 'operator: new prices' }]);
  });

  it('finds counters that differ from rows, and sets right those of the tenant that it is told', async () => {
    expect(await run('verify')).toMatchObject({
      code: 0,
      out: '2 tenants, 0 counters that differ',
    });
    await admin.query('UPDATE ringfence.quota_usage SET used = 3');
    const line = (slug: string) => `${slug}: folders was counted as 3 and is 1`;
    const found = await run('verify');
    expect(found.code).toBe(1);
    expect(found.out.split('\n')).toEqual([
      line(a.slug),
      line(b.slug),
      '2 tenants, 2 counters that differ',
    ]);
    expect((await run('reconcile')).out).toContain('add --apply');
    expect(await run('reconcile', '--tenant', a.id, '--apply')).toMatchObject({
      code: 0,
      out: `${line(a.slug)}\n1 tenants, 1 counters that differ, set right`,
    });
    const { code, out } = await run('verify', '--json');
    expect([code, JSON.parse(out).differences]).toMatchObject([1, [{ slug: b.slug }]]);
    await run('reconcile', '--apply');
    expect((await run('verify')).code).toBe(0);
  });

  it.each([
    [['set', '--quota', 'folders', '--allow', '1']],
    [['set', '--quota', 'folders', '--plan', 'p', '--tenant', 'x', '--allow', '1']],
    [['set', '--quota', 'folders', '--plan', 'p', '--allow', '-1']],
    [['set', '--quota', 'folders', '--plan', 'p', '--allow', 'inherit']],
    [['set', '--quota', 'nothing', '--plan', 'p', '--allow', '1', '--apply']],
    [['plan', '--plan', 'p']],
    [['lift']],
    [['list', '--unknown']],
  ])('refuses %j', async (args) => {
    expect((await run(...args)).code).toBe(2);
  });

  it('says how it is used', async () => {
    expect((await run('--help')).out).toContain('ringfence quotas list');
  });
});

import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditInTransaction } from '../audit.js';
import type { Finding } from '../finding.js';
import { readPages, readShop } from './pages.fixture.js';

// Each page runs in a transaction that is rolled back, roles and all, on a connection of its own: a
// session that has set nothing is one of the contexts that the probe tries.
const database = `ringfence_pages_${randomBytes(6).toString('hex')}`;
const admin = new pg.Client({ connectionString: process.env.RINGFENCE_TEST_ADMIN_URL });
const url = new URL(process.env.RINGFENCE_TEST_ADMIN_URL ?? '');
let version = 0;

beforeAll(async () => {
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  url.pathname = `/${database}`;
  const { rows } = await admin.query<{ server_version_num: string }>('SHOW server_version_num');
  version = Number(rows[0]?.server_version_num) / 10_000;
});
afterAll(async () => {
  await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
  await admin.end();
});

async function inShop(fn: (find: (sql: string) => Promise<Finding[]>) => Promise<void>) {
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(readShop());
    await fn(async (sql) => {
      await client.query("SET LOCAL search_path = '$user', public");
      await client.query(sql);
      const { report } = await auditInTransaction(client, { appRoles: ['shop_app'] });
      return report.findings.filter(({ check }) => check !== 'server-version');
    });
  } finally {
    await client.end();
  }
}

it('finds nothing in the shop', async () => {
  await inShop(async (find) => expect(await find('')).toEqual([]));
});

const withSql = readPages().filter(({ bad }) => bad !== undefined);

it.each(withSql)('$id: the bad SQL is found and the fix is silent', async (page) => {
  if (version < page.needs) return;
  await inShop(async (find) => {
    const before = new Set((await find(page.bad ?? '')).map(({ check }) => check));
    expect(before).toContain(page.id);
    expect([page.id, ...page.also]).toEqual(expect.arrayContaining([...before]));
    // What is merely worth knowing may stay, when the page says so.
    const after = (await find(page.fix ?? '')).filter(
      ({ check, severity }) => !page.also.includes(check) || !['low', 'info'].includes(severity),
    );
    expect(after.map(({ key, evidence }) => `${key}: ${evidence}`)).toEqual([]);
  });
});

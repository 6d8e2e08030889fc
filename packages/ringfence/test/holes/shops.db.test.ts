import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditInTransaction } from '../../src/auditor/audit.js';
import { readShop } from '../../src/auditor/checks/pages.fixture.js';
import type { AuditReport } from '../../src/auditor/index.js';

const database = `ringfence_shops_${randomBytes(6).toString('hex')}`;
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

interface Shop {
  readonly title: string;
  readonly finds: string;
  readonly sql: string;
}

function shopsIn(file: string): Shop[] {
  const text = readFileSync(path.join(import.meta.dirname, file), 'utf8');
  return text
    .split(/^-- == /m)
    .slice(1)
    .map((part) => {
      const [title = '', ...lines] = part.split('\n');
      const sql = lines.join('\n');
      return { title, finds: /^-- finds (.*)$/m.exec(sql)?.[1] ?? '', sql };
    });
}

/** Without application roles: those that the audit finds by itself. */
async function auditOf(sql: string, appRoles?: string[]): Promise<AuditReport> {
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(readShop());
    await client.query("SET LOCAL search_path = '$user', public");
    await client.query(sql);
    return (await auditInTransaction(client, appRoles ? { appRoles } : {})).report;
  } finally {
    await client.end();
  }
}

it.each(shopsIn('more-holes.sql'))('finds: $title', async ({ sql, finds }) => {
  const { findings } = await auditOf(sql, ['shop_app']);
  expect(findings.map(({ key }) => key)).toContain(finds);
});

it.each(shopsIn('correct-shops.sql'))('is silent about $title', async ({ sql }) => {
  const { findings, summary } = await auditOf(sql);
  expect(summary.appRoles).toEqual(['shop_app']);
  const loud = findings.filter(({ severity }) => !['low', 'info'].includes(severity));
  expect(loud.map(({ key, evidence }) => `${key}: ${evidence}`)).toEqual([]);
});

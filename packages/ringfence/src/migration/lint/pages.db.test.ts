import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../testing/index.js';
import { lintMigration } from './lint-migration.js';
import { type LintPage, readLintPages, SHOP } from './pages.fixture.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase({ sql: SHOP });
  client = new pg.Client({ connectionString: database.admin });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

const found = async (page: LintPage['bad'], db?: pg.Client) => {
  const { findings } = await lintMigration(page, db);
  return new Set(findings.filter(({ allowed }) => allowed === undefined).map(({ rule }) => rule));
};

it.each(readLintPages())('$id: the bad SQL is found and the fix is silent', async (page) => {
  const rules = await found(page.bad, client);
  expect(rules).toContain(page.id);
  expect([page.id, ...page.also]).toEqual(expect.arrayContaining([...rules]));
  expect([...(await found(page.fix, client))]).toEqual([]);
});

it.each(readLintPages())('$id: is found without a database as well', async (page) => {
  expect(await found(page.bad)).toContain(page.id);
});

it.each(readLintPages())('$id: the fix runs', async ({ fix }) => {
  await client.query('BEGIN');
  try {
    // Concurrently or not is all the same to an empty table, and the page is rolled back.
    for (const { sql } of [...fix.expand, ...fix.contract]) {
      await client.query(sql.replaceAll(' CONCURRENTLY', ''));
    }
  } finally {
    await client.query('ROLLBACK');
  }
});

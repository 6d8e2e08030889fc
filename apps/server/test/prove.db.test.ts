import { prove } from 'ringfence/prover';
import type { TestDatabase } from 'ringfence/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServerDatabase } from './server-database.fixture.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createServerDatabase();
});
afterAll(() => db.drop());

it("the server's own schema is proven, object by object", async () => {
  const { findings, summary } = await prove({ adminUrl: db.admin, appUrl: db.app });
  expect(findings.filter(({ verdict }) => verdict === 'leaked')).toEqual([]);
  // EXPLAIN counts what a policy took away, in any database; nothing else is left open.
  const open = findings.filter(({ verdict }) => verdict === 'not-provable');
  expect(open.filter(({ operation }) => operation !== 'explain')).toEqual([]);
  expect(summary.proven).toBeGreaterThan(180);
});

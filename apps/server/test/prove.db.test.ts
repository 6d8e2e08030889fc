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
  // A row falls into one partition of the audit log, on none of which anybody has a right (catalog test).
  const partition = /^ringfence\.audit_log_/;
  expect(
    open.filter(({ operation, object }) => operation !== 'explain' && !partition.test(object)),
  ).toEqual([]);
  expect(summary.proven).toBeGreaterThan(180);
}, 300_000);

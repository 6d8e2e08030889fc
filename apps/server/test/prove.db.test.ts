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
  if (process.env.SHOW)
    for (const f of findings)
      console.log(JSON.stringify({ ...f, attacker: 0, victim: 0 }).slice(0, 230));
  console.log(summary);
  expect(findings.filter(({ verdict }) => verdict === 'leaked')).toEqual([]);
});

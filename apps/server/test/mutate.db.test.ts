import { mutate, mutationReport, noticed } from 'ringfence/prover';
import type { TestDatabase } from 'ringfence/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServerDatabase } from './server-database.fixture.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createServerDatabase();
});
afterAll(() => db.drop());

/** docs/mutants.md is written here: `npm test -- apps/server/test/mutate -u`. */
it('no weakening of the schema goes unnoticed by attack, audit and start-up check', async () => {
  // All of them take minutes: `ringfence prove --mutate` runs them.
  const { results } = await mutate({ adminUrl: db.admin, appUrl: db.app, perKind: 1 });
  expect(results.filter(({ impossible }) => impossible !== undefined)).toEqual([]);
  expect(results.filter((result) => !noticed(result))).toEqual([]);
  const page = `# Mutants

What \`ringfence prove --mutate\` makes of the server's own schema: each weakening is put into a copy of
the database, one at a time, and the attack, the audit and the check at the server's start are asked
whether they notice. Here one of each kind; the command makes each for every table. Written by
\`apps/server/test/mutate.db.test.ts\`.

${mutationReport(results)}
`;
  await expect(page).toMatchFileSnapshot('../../../docs/mutants.md');
}, 900_000);

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mutate, mutationReport, noticed } from 'ringfence/prover';
import type { TestDatabase } from 'ringfence/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServerDatabase } from './server-database.fixture.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createServerDatabase();
});
afterAll(() => db.drop());

const PAGE = path.resolve(import.meta.dirname, '../../../docs/mutants.md');

/** The weakenings that a page lists, each with how many there are. */
const weakenings = (page: string): string[] =>
  [...page.matchAll(/^\| ([\w-]+) \| \d+ of (\d+) \|/gm)].map(([, kind, of]) => `${kind} ${of}`);

/**
 * docs/mutants.md is written here, with `WRITE_MUTANTS=1 npm test -- apps/server/test/mutate`. Compared is
 * all that stands in it but who of the three noticed, which is not the same in every run: two mutants
 * are noticed by the audit or the check at the start always, and by the attack sometimes.
 */
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
  if (process.env.WRITE_MUTANTS) writeFileSync(PAGE, page);
  expect(weakenings(readFileSync(PAGE, 'utf8'))).toEqual(weakenings(page));
  expect(page).toContain(`${results.length} noticed`);
}, 900_000);

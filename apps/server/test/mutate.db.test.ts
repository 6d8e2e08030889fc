import { mutate } from 'ringfence/prover';
import type { TestDatabase } from 'ringfence/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServerDatabase } from './server-database.fixture.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createServerDatabase();
});
afterAll(() => db.drop());

it('notices every weakening of the schema', async () => {
  const results = await mutate({ adminUrl: db.admin, appUrl: db.app, perKind: 2 });
  const g = new Map<string, string[]>();
  for (const r of results) g.set(r.kind, [...(g.get(r.kind) ?? []), r.impossible ? `IMP ${r.impossible.slice(0, 90)}` : (r.attack ?? '-') + ' / ' + (r.audit?.slice(0,2) ?? '-')]);
  console.log([...g].map(([k, v]) => `${k}: ${[...new Set(v)].join(' | ')}`).join('\n'));
  console.log(results.length, results.filter((r) => r.attack).length);
  expect(results.filter((r) => !r.attack && !r.audit)).toEqual([]);
}, 900_000);

import { audit } from 'ringfence/auditor';
import type { TestDatabase } from 'ringfence/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServerDatabase } from './server-database.fixture.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createServerDatabase();
});
afterAll(() => db.drop());

it('has no hole that the auditor knows', async () => {
  const appRole = new URL(db.app).username;
  const { findings, summary } = await audit({ url: db.admin, appRoles: [appRole] });
  expect(summary.tenantTables).toBeGreaterThan(5);
  // Which server runs the tests is not the schema's doing.
  const schema = findings.filter(({ check }) => check !== 'server-version');
  expect(schema.map(({ key, evidence }) => `${key}: ${evidence}`)).toEqual([]);
});

it('looks the same to a login that is no superuser', async () => {
  const appRole = new URL(db.app).username;
  const { findings } = await audit({ url: db.auditor, appRoles: [appRole] });
  expect(findings.filter(({ check }) => check !== 'server-version')).toEqual([]);
});

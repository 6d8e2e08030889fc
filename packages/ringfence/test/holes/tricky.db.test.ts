import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { audit } from '../../src/auditor/index.js';
import { createScratch, type ScratchCluster } from './scratch-cluster.fixture.js';

const TRICKY = readFileSync(path.join(import.meta.dirname, 'tricky.sql'), 'utf8');

let scratch: ScratchCluster;

beforeAll(async () => {
  scratch = await createScratch('ringfence_tricky', 'tricky_', TRICKY);
});
afterAll(async () => {
  // The one thing of it that belongs to the server's template databases is undone with its database.
  await scratch.drop();
});

it('is silent about what is correct but looks wrong', async () => {
  const { findings, notRead, summary } = await audit({ url: scratch.url });
  expect(summary.appRoles).toEqual(['tricky_app']);
  expect(summary.tenancy.column).toBe('tenant_id');
  const loud = findings.filter(({ severity }) => ['critical', 'high', 'medium'].includes(severity));
  expect(loud.map(({ key, evidence }) => `${key}: ${evidence}`)).toEqual([]);
  expect(notRead).toEqual([]);
});

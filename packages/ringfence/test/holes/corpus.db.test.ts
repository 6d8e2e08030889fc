import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuditReport, audit } from '../../src/auditor/index.js';
import { createScratch, type ScratchCluster } from './scratch-cluster.fixture.js';

const CORPUS = readFileSync(path.join(import.meta.dirname, 'holes-train.sql'), 'utf8');

interface Planted {
  readonly hole_id: string;
  readonly schema_name: string;
  readonly object_name: string;
  readonly object_type: string;
}

let scratch: ScratchCluster;
let report: AuditReport;
let planted: Planted[];

beforeAll(async () => {
  scratch = await createScratch('ringfence_holes', 'hz_', CORPUS);
  const roles = await scratch.run(async (admin) => {
    planted = (await admin.query<Planted>('SELECT * FROM audit_labels.planted')).rows;
    return (await admin.query<{ rolname: string }>('SELECT * FROM audit_labels.app_roles')).rows;
  });
  report = await audit({ url: scratch.url, appRoles: roles.map(({ rolname }) => rolname) });
});
afterAll(() => scratch.drop());

function finds(
  { schema_name, object_name, object_type }: Planted,
  { findings }: AuditReport = report,
): boolean {
  return findings.some(({ object }) => {
    if (object_type === 'role' || object_type === 'server') return object.name === object_name;
    if (object_type === 'database')
      return object.kind === object_type && object.name === object_name;
    return object.schema === schema_name && object.name === object_name;
  });
}

it('finds what is planted in the corpus', () => {
  const missed = planted.filter((label) => !finds(label));
  const found = planted.length - missed.length;
  console.log(`corpus: ${found} of ${planted.length} labels found`);
  for (const { hole_id, object_type, object_name } of missed) {
    console.log(`  missed ${hole_id} ${object_type} ${object_name}`);
  }
  expect(found / planted.length).toBeGreaterThanOrEqual(0.95);
});

it('finds nearly as much when nobody names the roles', async () => {
  const auto = await audit({ url: scratch.url });
  const missed = planted.filter((label) => !finds(label, auto));
  console.log(`without --app-role missed: ${missed.map(({ hole_id }) => hole_id).join(', ')}`);
  expect(1 - missed.length / planted.length).toBeGreaterThanOrEqual(0.95);
});

it('reads all of the catalog', () => {
  expect(report.notRead).toEqual([]);
});

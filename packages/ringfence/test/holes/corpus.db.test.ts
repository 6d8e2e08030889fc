import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuditReport, audit } from '../../src/auditor/index.js';

const CORPUS = readFileSync(path.join(import.meta.dirname, 'holes-train.sql'), 'utf8');
const DATABASE = 'ringfence_holes';

interface Planted {
  readonly hole_id: string;
  readonly schema_name: string;
  readonly object_name: string;
  readonly object_type: string;
}

let report: AuditReport;
let planted: Planted[];

function url(database: string): string {
  const at = new URL(process.env.RINGFENCE_TEST_ADMIN_URL ?? '');
  at.pathname = `/${database}`;
  return at.href;
}

async function asAdmin<T>(database: string, fn: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url(database) });
  await client.connect();
  try {
    return await fn(client);
  } finally {
    await client.end();
  }
}

/** The roles of the corpus belong to the server, some of them over-privileged: they go with it. */
async function drop(): Promise<void> {
  await asAdmin('postgres', async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
    const { rows } = await admin.query<{ name: string }>(
      "SELECT quote_ident(rolname) AS name FROM pg_roles WHERE rolname ~ '^hz_'",
    );
    await admin.query(
      'DO $$ BEGIN EXECUTE coalesce((SELECT string_agg(format($f$REVOKE ALL ON PARAMETER %I FROM %s;$f$, p.parname, pg_get_userbyid(a.grantee)), $f$ $f$) FROM pg_parameter_acl p, aclexplode(p.paracl) a WHERE pg_get_userbyid(a.grantee) ~ $f$^hz_$f$), $f$SELECT 1$f$); END $$',
    );
    if (rows.length > 0) await admin.query(`DROP ROLE ${rows.map(({ name }) => name).join(', ')}`);
  });
}

beforeAll(async () => {
  await drop();
  await asAdmin('postgres', (admin) => admin.query(`CREATE DATABASE ${DATABASE}`));
  const roles = await asAdmin(DATABASE, async (admin) => {
    await admin.query(CORPUS);
    planted = (await admin.query<Planted>('SELECT * FROM audit_labels.planted')).rows;
    return (await admin.query<{ rolname: string }>('SELECT * FROM audit_labels.app_roles')).rows;
  });
  report = await audit({ url: url(DATABASE), appRoles: roles.map(({ rolname }) => rolname) });
});
afterAll(drop);

function finds({ schema_name, object_name, object_type }: Planted): boolean {
  return report.findings.some(({ object }) => {
    if (object_type === 'role' || object_type === 'server') return object.name === object_name;
    if (object_type === 'database')
      return object.kind === 'database' && object.name === object_name;
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
  if (process.env.RINGFENCE_DUMP)
    for (const f of report.findings) console.log(f.severity, f.key, '--', f.evidence);
  if (process.env.RINGFENCE_DUMP) console.log(report.notRead);
  expect(found / planted.length).toBeGreaterThanOrEqual(0.95);
});

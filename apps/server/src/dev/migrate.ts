import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { RingfenceError } from 'ringfence/errors';
import { deployMigrations, type Login, setUpDatabase, storeContextKeys } from 'ringfence/migration';
import { parseKeyring } from 'ringfence/postgres';
import { quoteIdentifier, roleNames } from 'ringfence/sql';
import { explain } from './explain.js';

// A process of its own, which ends before the server starts: only here is the privileged URL known,
// and the server's process never holds it.

const MIGRATIONS = path.resolve(import.meta.dirname, '../../prisma/migrations');

async function migrate(): Promise<void> {
  const url = need('DATABASE_MIGRATION_URL');
  const logins = JSON.parse(need('RINGFENCE_LOGINS')) as Login[];
  const prefix = process.env.RINGFENCE_ROLE_PREFIX;
  const options = { report: console.log, ...(prefix ? { prefix } : {}) };
  const setUpUrl = process.env.DATABASE_SETUP_URL ?? url;
  await setUpDatabase({ ...options, url: setUpUrl, logins });
  if (process.env.RINGFENCE_MODE === 'production') await refuseDemo(url, roleNames(prefix).owner);
  await deployMigrations({ ...options, url, folder: MIGRATIONS });
  const keys = parseKeyring(readFileSync(need('RINGFENCE_CONTEXT_KEYS_FILE'), 'utf8'));
  await storeContextKeys({ ...options, url, keys });
}

/** The passwords of demo people stand in the documentation. */
async function refuseDemo(url: string, owner: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET ROLE ${quoteIdentifier(owner)}`);
    const directory = await client.query<{ there: boolean }>(
      "SELECT to_regclass('ringfence.tenants') IS NOT NULL AS there",
    );
    if (!directory.rows[0]?.there) return;
    const { rowCount } = await client.query('SELECT FROM ringfence.tenants WHERE demo LIMIT 1');
    if (!rowCount) return;
    throw new RingfenceError('START_FAILED', {
      detail: 'This database holds demo tenants, and production does not start on it.',
    });
  } finally {
    await client.end();
  }
}

function need(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new RingfenceError('CONFIGURATION_INVALID', { detail: `${name} is missing.` });
}

migrate().catch((error: unknown) => {
  console.error(explain(error));
  process.exitCode = 1;
});

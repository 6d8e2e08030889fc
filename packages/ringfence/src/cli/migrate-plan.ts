import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { RingfenceError } from '../errors/index.js';
import {
  type BindTenant,
  type PlanOptions,
  planJson,
  planMigration,
  planText,
} from '../migration/index.js';
import { keyringFromEnvironment, PROOF_LIFETIME_SECONDS } from '../postgres/index.js';
import { BIND_STATEMENT, proveContext } from '../sql/index.js';
import { migrationsIn, withDatabase } from './migrate-lint.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence migrate plan FOLDER …

  FOLDER         one migration, or a folder of them
  --url URL      a login that may become the owner role (DATABASE_MIGRATION_URL)
  --prefix NAME  of the group roles, when it is not ringfence
  --trial        also run each expand file in a transaction, read the locks that
                 it holds, and roll it back: they are taken for real, shortly
  --sample       also run one batch of the backfill for five tenants, and roll
                 it back: needs the context keyring to bind them
  --json         one JSON document instead of a table

Without --trial and --sample it reads the catalog only. It changes nothing.`;

/** `ringfence migrate plan`: what each statement locks, what waits meanwhile, and for how long. */
export async function migratePlanCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parse(args);
  if (values.help) {
    terminal.out(USAGE);
    return 0;
  }
  const url = values.url ?? terminal.env.DATABASE_MIGRATION_URL;
  if (!url) throw invalid('Give --url.');
  if (positionals.length === 0) throw invalid('Name a migration folder.');
  const migrations = positionals.flatMap((folder) =>
    migrationsIn(path.resolve(terminal.cwd ?? process.cwd(), folder)),
  );
  const options: PlanOptions = {
    ...(values.prefix === undefined ? {} : { prefix: values.prefix }),
    trial: values.trial ?? false,
    ...(values.sample ? { bind: bindByKeyring() } : {}),
  };
  const plans = await withDatabase(url, async (client) => {
    const found = [];
    for (const migration of migrations) {
      found.push(await planMigration(migration, client as Client, options));
    }
    return found;
  });
  terminal.out(values.json ? planJson(plans) : plans.map(planText).join('\n\n'));
  return 0;
}

function bindByKeyring(): BindTenant {
  const keyring = keyringFromEnvironment();
  return async (client, tenantId) => {
    const expiry = Math.floor(Date.now() / 1000) + PROOF_LIFETIME_SECONDS;
    const proof = proveContext(keyring.signingKey(), tenantId, expiry);
    await client.query(BIND_STATEMENT.proven, [tenantId, proof]);
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        prefix: { type: 'string' },
        trial: { type: 'boolean' },
        sample: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}

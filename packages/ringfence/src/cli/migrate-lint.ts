import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { RingfenceError } from '../errors/index.js';
import {
  lintJson,
  lintMigration,
  lintText,
  type PhasedMigration,
  readMigrationFolder,
  readMigrationFolders,
} from '../migration/index.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence migrate lint [FOLDER …]

  FOLDER        one migration, or a folder of them; default migrations
  --since NAME  only migrations after this one
  --url URL     a database to ask about sizes and constraints; any login
                (DATABASE_MIGRATION_URL)
  --json        one JSON document instead of text

It reads files and the catalog, and changes nothing. docs/lint has a page for
each rule. A line right above a statement allows what a rule refuses:
  -- ringfence: allow <rule>: <reason>
Exit codes: 0 nothing that stops, 1 errors, 2 it could not run.`;

/** `ringfence migrate lint`: what a migration would block, break or open. */
export async function migrateLintCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parse(args);
  if (values.help) {
    terminal.out(USAGE);
    return 0;
  }
  const folders = positionals.length > 0 ? positionals : ['migrations'];
  const { since = '' } = values;
  const migrations = folders
    .flatMap((folder) => migrationsIn(path.resolve(terminal.cwd ?? process.cwd(), folder)))
    .filter(({ name }) => name > since);
  const url = values.url ?? terminal.env.DATABASE_MIGRATION_URL;
  const reports = await withDatabase(url, async (client) => {
    const found = [];
    for (const migration of migrations) found.push(await lintMigration(migration, client));
    return found;
  });
  terminal.out(values.json ? lintJson(reports) : lintText(reports));
  return reports.every(({ ok }) => ok) ? 0 : 1;
}

/** A folder with files of a migration is one; any other is searched for them. */
export function migrationsIn(folder: string): PhasedMigration[] {
  const own = ['expand.sql', 'contract.sql', 'migration.sql', 'meta.json'];
  const isOne = own.some((file) => existsSync(path.join(folder, file)));
  return isOne ? [readMigrationFolder(folder)] : readMigrationFolders(folder);
}

/** Runs `fn` with a connection, or without one when there is no URL. */
export async function withDatabase<T>(
  url: string | undefined,
  fn: (client: pg.Client | undefined) => Promise<T>,
): Promise<T> {
  if (!url) return fn(undefined);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await fn(client);
  } finally {
    await client.end();
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        since: { type: 'string' },
        url: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    const detail = `${(cause as Error).message.split('. ')[0]}.`;
    throw new RingfenceError('CONFIGURATION_INVALID', { detail });
  }
}

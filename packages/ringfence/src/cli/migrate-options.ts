import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { RingfenceError } from '../errors/index.js';
import { quoteIdentifier, quoteLiteral, roleNames } from '../sql/index.js';
import type { Terminal } from './terminal.js';

/** What the verbs of `ringfence migrate` understand. */
export type MigrateValues = ReturnType<typeof parseMigrate>['values'];

/**
 * Reads the options of a verb.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` for one that there is not.
 */
export function parseMigrate(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: 'string', multiple: true },
        keyring: { type: 'string' },
        folder: { type: 'string' },
        prefix: { type: 'string' },
        as: { type: 'string' },
        reason: { type: 'string' },
        tenant: { type: 'string' },
        ring: { type: 'string' },
        state: { type: 'string', multiple: true },
        after: { type: 'string' },
        limit: { type: 'string' },
        workers: { type: 'string' },
        interval: { type: 'string' },
        'stop-file': { type: 'string' },
        webhook: { type: 'string' },
        'webhook-place': { type: 'string' },
        all: { type: 'boolean' },
        watch: { type: 'boolean' },
        apply: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

/** Who acts: `--as`, or whom the operating system says it is. */
export function actorOf(values: MigrateValues): string {
  const actor = values.as ?? osUser();
  if (actor.trim() !== '') return actor;
  throw invalid('Give --as: an act stands in the ledger with the name of whoever asked for it.');
}

/** The one migration that is named. */
export function nameOf(positionals: readonly string[], verb: string): string {
  const [name, second] = positionals;
  if (name !== undefined && second === undefined) return name;
  throw invalid(`Name one migration: ringfence migrate ${verb} <migration>.`);
}

/** A number of an option. */
export function numberOf(text: string | undefined, option: string, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw invalid(`${option} must be a number above 0.`);
}

/**
 * Connects to ask and to look: as an operator's login, or as one that may become the owner. A statement
 * that hangs is given up, so that a command says so while the database is slow.
 */
export async function withLedger<T>(
  values: MigrateValues,
  terminal: Terminal,
  fn: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { DATABASE_OPERATOR_URL, DATABASE_MIGRATION_URL } = terminal.env;
  const [url, second] = values.url ?? [DATABASE_OPERATOR_URL ?? DATABASE_MIGRATION_URL];
  if (second !== undefined) throw invalid('Give --url once: this verb asks one ledger.');
  const client = new pg.Client({
    connectionString: need(url, '--url'),
    application_name: 'ringfence migrate',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 15_000,
    lock_timeout: 5000,
  });
  // Unheard, a connection that breaks between two statements would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { operator, owner } = roleNames(values.prefix);
    const member = (role: string, how: string): string =>
      `pg_catalog.pg_has_role(current_user, ${quoteLiteral(role)}, '${how}')`;
    const { rows } = await client.query<{ operator: boolean; owner: boolean }>(
      `SELECT ${member(operator, 'USAGE')} AS operator, ${member(owner, 'MEMBER')} AS owner`,
    );
    // A migrator has the rights of the owner only when it says so.
    if (!rows[0]?.operator && rows[0]?.owner) {
      await client.query(`SET ROLE ${quoteIdentifier(owner)}`);
    }
    return await fn(client);
  } finally {
    await client.end();
  }
}

/** The value of an option, or `CONFIGURATION_INVALID` that names it. */
export function need(value: string | undefined, name: string): string {
  if (value) return value;
  throw invalid(`Give ${name}.`);
}

export function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}

function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A container whose user has no name.
    return '';
  }
}

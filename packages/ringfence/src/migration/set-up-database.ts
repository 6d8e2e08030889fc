import pg from 'pg';
import { RingfenceError } from '../errors/index.js';
import { type Login, type SetUpState, setUpPlan, setUpStateQuery } from '../sql/index.js';
import { scramVerifier } from './scram-verifier.js';
import { withMigrationLock } from './with-lock.js';

/** What {@link setUpDatabase} is asked for. */
export interface SetUpOptions {
  /** A privileged login on the database to be set up: superuser, or its owner with CREATEROLE. */
  readonly url: string;
  readonly logins: readonly Login[];
  /** Of the group roles; default `ringfence`. Roles belong to the whole server. */
  readonly prefix?: string;
  readonly report?: (line: string) => void;
}

const MINIMUM_VERSION = 150000;
const NOT_ALLOWED = '42501';
/** Roles are shared by all databases of a server, the lock is not: somebody else made the same one. */
const COLLIDED = new Set(['42710', '23505', 'XX000', '40001']);
const ATTEMPTS = 10;

/**
 * Makes the group roles, the logins and the rights on one database, as far as they are missing.
 * Idempotent, all in one transaction.
 *
 * @throws RingfenceError `MIGRATION_FAILED` on a server older than PostgreSQL 15, or when the login may
 *   not do it: the detail then holds the SQL that an administrator has to run.
 * @example
 * await setUpDatabase({ url: process.env.DATABASE_MIGRATION_URL, logins: [{ group: 'app', name: 'shop_app_login' }] });
 */
export async function setUpDatabase(options: SetUpOptions): Promise<void> {
  const client = new pg.Client({ connectionString: options.url });
  await client.connect();
  try {
    await withMigrationLock(client, async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await applyPlan(client, options);
        } catch (error) {
          await client.query('ROLLBACK');
          const { code } = error as { code?: string };
          if (code === NOT_ALLOWED) throw await refusal(client, options, error);
          if (attempt === ATTEMPTS || !COLLIDED.has(code ?? '')) throw error;
        }
      }
    });
  } finally {
    await client.end();
  }
}

async function applyPlan(client: pg.Client, options: SetUpOptions): Promise<void> {
  await client.query('BEGIN');
  const state = await readState(client);
  const plan = setUpPlan(state, options.logins, options.prefix, scramVerifier);
  for (const statement of plan) await client.query(statement);
  await client.query('COMMIT');
  if (plan.length > 0) {
    options.report?.(`set up roles and rights: ${plan.length} statements`);
  }
}

async function readState(client: pg.Client): Promise<SetUpState> {
  const version = await client.query<{ n: number }>(
    "SELECT pg_catalog.current_setting('server_version_num')::int AS n",
  );
  const number = version.rows[0]?.n ?? 0;
  if (number < MINIMUM_VERSION) {
    throw new RingfenceError('MIGRATION_FAILED', {
      detail: `The server is PostgreSQL ${Math.floor(number / 10000)}; it must be 15 or newer.`,
    });
  }
  const { rows } = await client.query<{ state: SetUpState }>(setUpStateQuery(number));
  const state = rows[0]?.state;
  if (!state) throw new RingfenceError('INTERNAL');
  return state;
}

async function refusal(
  client: pg.Client,
  options: SetUpOptions,
  cause: unknown,
): Promise<RingfenceError> {
  const state = await readState(client);
  const plan = setUpPlan(state, options.logins, options.prefix);
  const passwords = options.logins
    .filter(({ name }) => !state.roles.includes(name))
    .map(({ name }) => `-- then give it a password: \\password ${name}`);
  const sql = [...plan.map((statement) => `${statement};`), ...passwords].join('\n');
  return new RingfenceError('MIGRATION_FAILED', {
    cause,
    detail: `${state.user} may not set the database up. Let an administrator run in database ${state.database}:\n${sql}\n`,
  });
}

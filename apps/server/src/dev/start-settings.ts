import path from 'node:path';
import { RingfenceError } from 'ringfence/errors';

/** What `npm start` was asked for, read from its environment. */
export interface StartSettings {
  readonly mode: 'demo' | 'production';
  /** Absolute; database, keys and logs of this start. */
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  /** The port was asked for: it is that one or none. */
  readonly portGiven: boolean;
  /** A PostgreSQL that was brought along; without it, one is started. */
  readonly database: GivenDatabase | undefined;
  /** A key file that was brought along; without it, the demo's. */
  readonly keysFile: string | undefined;
  /** A keyring that was brought along; without it, one is made in the data folder. */
  readonly contextKeysFile: string | undefined;
  /** A keyring of accounts that was brought along; without it, one is made in the data folder. */
  readonly accountKeysFile: string | undefined;
  /** Of the group roles. */
  readonly rolePrefix: string | undefined;
}

/** The three logins of a database that was brought along. */
export interface GivenDatabase {
  readonly app: string;
  readonly operator: string;
  /** Privileged: sets roles up and migrates. It never reaches the server process. */
  readonly migration: string;
  /** Seals the audit log, in a process of its own. */
  readonly sealer: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = 3000;
const URLS = ['DATABASE_URL', 'DATABASE_MIGRATION_URL', 'DATABASE_OPERATOR_URL'] as const;
const MAIL = ['SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL'] as const;

/**
 * Reads the settings of a start.
 *
 * @param folder what relative paths are relative to.
 * @throws RingfenceError `CONFIGURATION_INVALID` whose detail names the setting in one sentence.
 * @example
 * const settings = readStartSettings(process.env, process.cwd());
 */
export function readStartSettings(env: Environment, folder: string): StartSettings {
  const production = env.NODE_ENV === 'production';
  const mode = env.RINGFENCE_MODE || (production ? 'production' : 'demo');
  if (mode !== 'demo' && mode !== 'production') {
    throw invalid('RINGFENCE_MODE must be demo or production.');
  }
  const database = givenDatabase(env);
  if (mode === 'production' && !database) {
    throw invalid(`Production needs a PostgreSQL of its own: set ${URLS.join(', ')}.`);
  }
  if (mode === 'production' && !env.JWT_KEYS_FILE) {
    throw invalid('Production needs signing keys of its own: set JWT_KEYS_FILE.');
  }
  if (mode === 'production' && !env.RINGFENCE_CONTEXT_KEYS_FILE) {
    throw invalid('Production needs a keyring of its own: set RINGFENCE_CONTEXT_KEYS_FILE.');
  }
  if (mode === 'production' && !env.ACCOUNT_KEYS_FILE) {
    throw invalid('Production needs keys of accounts of its own: set ACCOUNT_KEYS_FILE.');
  }
  if (mode === 'production' && MAIL.some((name) => !env[name])) {
    throw invalid(`Production needs a mail server and its own address: set ${MAIL.join(', ')}.`);
  }
  return {
    mode,
    dataFolder: path.resolve(folder, env.RINGFENCE_DATA_DIR || '.ringfence'),
    host: env.HOST || (production ? '0.0.0.0' : '127.0.0.1'),
    port: readPort(env.PORT),
    portGiven: Boolean(env.PORT),
    database,
    keysFile: env.JWT_KEYS_FILE ? path.resolve(folder, env.JWT_KEYS_FILE) : undefined,
    contextKeysFile: env.RINGFENCE_CONTEXT_KEYS_FILE
      ? path.resolve(folder, env.RINGFENCE_CONTEXT_KEYS_FILE)
      : undefined,
    accountKeysFile: env.ACCOUNT_KEYS_FILE
      ? path.resolve(folder, env.ACCOUNT_KEYS_FILE)
      : undefined,
    rolePrefix: env.RINGFENCE_ROLE_PREFIX || undefined,
  };
}

function givenDatabase(env: Environment): GivenDatabase | undefined {
  const missing = URLS.filter((name) => !env[name]);
  if (missing.length === URLS.length) return undefined;
  if (missing.length > 0) {
    const needs = missing.length === 1 ? 'is' : 'are';
    throw invalid(
      `${missing.join(' and ')} ${needs} missing: a database of your own needs ${URLS.join(', ')}.`,
    );
  }
  const [app = '', migration = '', operator = ''] = URLS.map((name) => env[name]);
  const users = [app, operator].map((url, index) => userOf(url, URLS[index * 2] ?? ''));
  userOf(migration, 'DATABASE_MIGRATION_URL');
  if (users[0] === users[1]) {
    throw invalid('DATABASE_URL and DATABASE_OPERATOR_URL must name two different logins.');
  }
  const sealer = env.DATABASE_SEALER_URL || undefined;
  if (sealer !== undefined && users.includes(userOf(sealer, 'DATABASE_SEALER_URL'))) {
    throw invalid('DATABASE_SEALER_URL must name a login of its own.');
  }
  return { app, operator, migration, sealer };
}

function userOf(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.username === '') {
    // Never the value: it may hold a password.
    throw invalid(`${name} must be a URL like postgresql://login:password@host:5432/database.`);
  }
  return decodeURIComponent(url.username);
}

function readPort(text: string | undefined): number {
  if (!text) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw invalid('PORT must be a whole number from 0 to 65535.');
  return port;
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type EmbeddedServer, startEmbeddedServer } from 'ringfence/embedded';
import { isRingfenceError } from 'ringfence/errors';
import type { Login } from 'ringfence/migration';
import {
  DATABASE_NAME,
  embeddedConnections,
  embeddedLogins,
  writeConnectionFile,
} from './connection-file.js';
import type { GivenDatabase, StartSettings } from './start-settings.js';
import type { Report } from './step.js';

/** The database of a start: embedded or brought along. */
export interface StartedDatabase {
  readonly app: string;
  readonly operator: string;
  /** Seals the audit log; without one, somebody else has to run the sealer. */
  readonly sealer: string | undefined;
  /** Sets roles and rights up. */
  readonly setUp: string;
  /** Applies migrations. */
  readonly migration: string;
  /** The logins that the set-up makes where they are missing. */
  readonly logins: readonly Login[];
  /** Only of an embedded server. */
  readonly connectionFile: string | undefined;
  /** Resolves when an embedded server has ended; never for one that was brought along. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** A start that is just being stopped in the same folder needs about a second to be gone. */
const IN_USE_RETRIES = 15;

/** Starts the embedded server with its database, or takes the database that was brought along. */
export async function startDatabase(
  settings: StartSettings,
  report: Report,
): Promise<StartedDatabase> {
  if (settings.database) return givenDatabase(settings.database);
  const server = await startPatiently(path.join(settings.dataFolder, 'database'), report);
  try {
    await createDatabase(server.adminUrl);
    const connections = embeddedConnections(server.adminUrl);
    return {
      app: connections.app,
      operator: connections.operator,
      sealer: connections.sealer,
      setUp: connections.admin,
      migration: connections.migration,
      logins: embeddedLogins(server.adminUrl),
      connectionFile: writeConnectionFile(settings.dataFolder, connections),
      ended: server.ended,
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function startPatiently(folder: string, report: Report): Promise<EmbeddedServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startEmbeddedServer({ folder, durable: true, report });
    } catch (error) {
      if (attempt > IN_USE_RETRIES || !isRingfenceError(error, 'EMBEDDED_SERVER_IN_USE')) {
        throw error;
      }
      await sleep(200);
    }
  }
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [
      DATABASE_NAME,
    ]);
    if (!rowCount) await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
}

function givenDatabase({ app, operator, migration, sealer }: GivenDatabase): StartedDatabase {
  return {
    app,
    operator,
    sealer,
    setUp: migration,
    migration,
    logins: [
      loginOf('app', app),
      loginOf('operator', operator),
      ...(sealer ? [loginOf('sealer', sealer)] : []),
    ],
    connectionFile: undefined,
    ended: new Promise(() => undefined),
    stop: async () => undefined,
  };
}

function loginOf(group: Login['group'], text: string): Login {
  const { username, password } = new URL(text);
  const name = decodeURIComponent(username);
  return password === ''
    ? { group, name }
    : { group, name, password: decodeURIComponent(password) };
}

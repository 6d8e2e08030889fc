import { once } from 'node:events';
import pg from 'pg';
import { quoteIdentifier, roleNames } from '../../sql/index.js';

/** How {@link connectAsOwner} connects. */
export interface RunnerConnectionOptions {
  /** A login of the migrator group: direct, never through a transaction pooler. */
  readonly url: string;
  /** Who runs it: stands in the record of what it does. */
  readonly actor: string;
  /** Of the group roles; default `ringfence`. */
  readonly prefix?: string;
  /** Of one statement, so of one batch. Default 60 seconds. */
  readonly statementTimeoutMs?: number;
  /** Default 2 seconds: a batch that waits for a writer's lock gives way. */
  readonly lockTimeoutMs?: number;
}

const STATEMENT_MS = 60_000;
const LOCK_MS = 2_000;
const CONNECT_MS = 10_000;
/** How much longer than the server we wait for its word, before the wire counts as cut. */
const GRACE_MS = 5_000;

/**
 * Connects as the owner role, for as long as the connection lives; nothing else shares it. Everything is
 * bounded: a wire that was cut without a word is noticed, and a session whose process was paused in the
 * middle of a transaction is ended by the server.
 */
export async function connectAsOwner(options: RunnerConnectionOptions): Promise<pg.Client> {
  const timeout = options.statementTimeoutMs ?? STATEMENT_MS;
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'ringfence migrate',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: timeout,
    lock_timeout: options.lockTimeoutMs ?? LOCK_MS,
    idle_in_transaction_session_timeout: timeout,
    query_timeout: timeout + GRACE_MS,
    keepAlive: true,
  });
  // Unheard, the failure of an idle connection would end the process; the next query reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`SET ROLE ${quoteIdentifier(roleNames(options.prefix).owner)}`);
    await client.query("SELECT pg_catalog.set_config('app.migration_actor', $1, false)", [
      options.actor,
    ]);
  } catch (error) {
    await closeConnection(client);
    throw error;
  }
  return client;
}

/** Ends a connection; one that does not answer any more is cut after a second. */
export async function closeConnection(client: pg.Client): Promise<void> {
  const patience = AbortSignal.timeout(1_000);
  await Promise.race([
    client.end().catch(() => undefined),
    once(patience, 'abort').then(() => {
      (
        client as pg.Client & { connection?: { stream?: { destroy(): void } } }
      ).connection?.stream?.destroy();
    }),
  ]);
}

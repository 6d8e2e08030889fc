import type { Socket } from 'node:net';
import pg from 'pg';
import { LISTEN_STATEMENT } from '../sql/index.js';

/** What {@link listenForChanges} is given. */
export interface ChangeFeedOptions {
  /**
   * A login on the database itself. Behind a transaction pooler LISTEN hears nothing: give the address
   * of PostgreSQL, or use no feed.
   */
  readonly connectionString: string;
  /**
   * Called after every change, and after every time that changes may have been missed (each connect):
   * forget what you remember. A burst of changes is one call, 50 ms later at most.
   */
  readonly onChange: () => void;
  /** Told when the feed breaks off and when it is back. */
  readonly logger?: FeedLogger;
  /** How often the connection is tried for life, in milliseconds; default 15 seconds. */
  readonly heartbeatMs?: number;
}

/** What the feed needs of a logger; pino is one. */
export interface FeedLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** A feed that is running. */
export interface ChangeFeed {
  /** Resolves when the feed is heard for the first time. Rejects never: it goes on trying. */
  readonly listening: Promise<void>;
  /** Ends the connection and the attempts to make one. */
  stop(): Promise<void>;
}

/** Whoever runs SQL may NOTIFY as well: a storm of it must not empty every cache at each request. */
const QUIET_MS = 50;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
const ANSWER_MS = 5000;
const FAREWELL_MS = 1000;

/**
 * Hears on a connection of its own what the trigger function `ringfence.announce_change()` says, for as
 * long as it is not stopped: it connects again by itself, with growing pauses.
 *
 * It makes things faster, never right: whoever remembers anything also forgets it by time.
 *
 * @see PostgreSQL manual, LISTEN
 * @example
 * const feed = listenForChanges({ connectionString, onChange: () => cache.clear() });
 * await feed.stop();
 */
export function listenForChanges(options: ChangeFeedOptions): ChangeFeed {
  return new Feed(options);
}

class Feed implements ChangeFeed {
  readonly listening: Promise<void>;
  readonly #options: ChangeFeedOptions;
  #heard: () => void = () => undefined;
  #client: pg.Client | undefined;
  #retryMs = FIRST_RETRY_MS;
  #retry: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #announcement: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
    this.listening = new Promise((resolve) => {
      this.#heard = resolve;
    });
    void this.#connect();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#announcement);
    clearInterval(this.#heartbeat);
    const client = this.#client;
    this.#client = undefined;
    if (client) await close(client);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.connectionString,
      application_name: 'ringfence change feed',
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    this.#client = client;
    // 'end' follows every error, and every way in which a connection can go.
    client.on('error', () => undefined);
    client.on('end', () => this.#lost(client));
    client.on('notification', () => this.#announce());
    try {
      await client.connect();
      await client.query(LISTEN_STATEMENT);
    } catch {
      this.#drop(client);
      return;
    }
    if (this.#client !== client) return;
    this.#retryMs = FIRST_RETRY_MS;
    this.#options.logger?.info({ event: 'change_feed_listening' }, 'The change feed listens.');
    this.#heard();
    // Whatever happened while nobody listened.
    this.#announce();
    this.#heartbeat = setInterval(() => this.#beat(client), this.#options.heartbeatMs ?? 15_000);
    this.#heartbeat.unref();
  }

  /** A connection whose other end has vanished looks idle for hours. */
  #beat(client: pg.Client): void {
    client.query('SELECT 1').catch(() => this.#drop(client));
  }

  #drop(client: pg.Client): void {
    this.#lost(client);
    void close(client);
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    clearInterval(this.#heartbeat);
    if (this.#stopped) return;
    this.#options.logger?.warn({ event: 'change_feed_lost' }, 'The change feed is lost.');
    this.#retry = setTimeout(() => void this.#connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #announce(): void {
    if (this.#stopped) return;
    this.#announcement ??= setTimeout(() => {
      this.#announcement = undefined;
      this.#options.onChange();
    }, QUIET_MS);
  }
}

/** Says goodbye, and hangs up when nobody is there to answer. */
async function close(client: pg.Client): Promise<void> {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  const hangUp = setTimeout(() => stream.destroy(), FAREWELL_MS);
  await client.end().catch(() => undefined);
  clearTimeout(hangUp);
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TenantId } from '../context/index.js';
import { EventStream, type StreamEvent } from '../delivery/index.js';
import { type Alert, PLATFORM } from './alert.js';
import type { AlertBook } from './alert-book.js';
import { alertEvent } from './alert-courier.js';

/** What an {@link AlertFeed} is made with. */
export interface AlertFeedOptions {
  readonly book: Pick<AlertBook, 'page' | 'after'>;
  /** How often this node looks for alerts while anybody listens, in milliseconds; default 2000. */
  readonly pollMs?: number;
  /** How often it is asked whether a reader still may, in milliseconds; default 2000. */
  readonly recheckMs?: number;
  readonly heartbeatMs?: number;
  /** How long a reader may leave its connection full, in milliseconds; default 30,000. */
  readonly patienceMs?: number;
  /** Readers of one tenant at once; default 20. */
  readonly readers?: number;
  /** Readers on this node; default 500. */
  readonly allReaders?: number;
  readonly onFailure?: (error: unknown) => void;
}

/** One who listens. */
export interface FeedReader {
  /** Whose alerts: a tenant's own, or all of them for the {@link PLATFORM}. */
  readonly owner: TenantId;
  /** Asked again and again: the stream ends when the answer is no. */
  readonly mayStill: () => Promise<boolean>;
}

const CATCH_UP = 1000;
const MOST_MISSED = 10_000;

/**
 * Alerts for whoever listens, as server-sent events. This node asks the database every two seconds, once
 * for all readers together and only while there are any; an idle reader costs a timer and no connection.
 *
 * A reader that comes with `Last-Event-ID` gets what it has missed; one without gets what comes from now
 * on. It ends when its right to read ends.
 *
 * @example
 * await feed.open({ owner: tenantId, mayStill }, request, response);
 */
export class AlertFeed {
  readonly #options: AlertFeedOptions;
  readonly #streams = new Map<TenantId, EventStream>();
  #position: Promise<string | undefined> | undefined;
  #poll: NodeJS.Timeout | undefined;
  #polling = false;
  #closed = false;
  #readers = 0;

  constructor(options: AlertFeedOptions) {
    this.#options = options;
  }

  /** How many listen on this node. */
  get readers(): number {
    return this.#readers;
  }

  /** Answers a request with the stream, until either side ends it. The caller has verified who asks. */
  async open(
    { owner, mayStill }: FeedReader,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { recheckMs = 2000, allReaders = 500 } = this.#options;
    if (this.#closed || this.#readers >= allReaders) {
      response.writeHead(503, { 'retry-after': '5' }).end();
      return;
    }
    this.#readers += 1;
    let asking = false;
    const recheck = setInterval(() => {
      if (asking) return;
      asking = true;
      void mayStill()
        // Nobody reads on because it could not be asked.
        .catch(() => false)
        .then((may) => {
          asking = false;
          if (!may) this.#end(response);
        });
    }, recheckMs);
    response.once('close', () => {
      clearInterval(recheck);
      this.#readers -= 1;
      this.#pollWhileRead();
    });
    try {
      // Before the stream begins: what is raised from here on is seen by the poll.
      await this.#startPolling();
      await this.#streamOf(owner).handle(request, response);
    } catch (error) {
      this.#options.onFailure?.(error);
      if (!response.headersSent) response.writeHead(503, { 'retry-after': '5' });
      this.#end(response);
    }
  }

  /** Looks at once, because this node has just raised something. */
  async look(): Promise<void> {
    if (this.#readers === 0 || this.#polling || !this.#position) return;
    this.#polling = true;
    try {
      const last = await this.#position;
      const alerts = await this.#options.book.after(PLATFORM, last, CATCH_UP);
      for (const alert of alerts) this.#publish(alert);
      this.#position = Promise.resolve(alerts.at(-1)?.id ?? last);
    } catch (error) {
      this.#options.onFailure?.(error);
    } finally {
      this.#polling = false;
    }
  }

  /** Ends all streams; readers come again elsewhere. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#poll);
    for (const stream of this.#streams.values()) stream.close();
  }

  #publish(alert: Alert): void {
    const event = streamEvent(alert);
    this.#streams.get(PLATFORM)?.publish(event);
    if (alert.tenantId !== null) this.#streams.get(alert.tenantId)?.publish(event);
  }

  #streamOf(owner: TenantId): EventStream {
    const known = this.#streams.get(owner);
    if (known) return known;
    const { book, heartbeatMs, patienceMs, readers = 20 } = this.#options;
    const stream = new EventStream({
      allow: () => true,
      since: async (lastId) => {
        if (lastId === undefined || !UUID.test(lastId)) return [];
        const missed: Alert[] = [];
        for (let behind = lastId; missed.length < MOST_MISSED; ) {
          const page = await book.after(owner, behind, CATCH_UP);
          missed.push(...page);
          const last = page.at(-1);
          if (!last || page.length < CATCH_UP) break;
          behind = last.id;
        }
        return missed.map(streamEvent);
      },
      kept: 100,
      readers,
      ...(heartbeatMs !== undefined && { heartbeatMs }),
      ...(patienceMs !== undefined && { patienceMs }),
      onReaders: (someone) => {
        if (!someone) this.#streams.delete(owner);
      },
    });
    this.#streams.set(owner, stream);
    return stream;
  }

  async #startPolling(): Promise<void> {
    this.#position ??= this.#options.book
      .page(PLATFORM, undefined, 1)
      .then(([newest]) => newest?.id);
    this.#poll ??= setInterval(() => void this.look(), this.#options.pollMs ?? 2000);
    this.#poll.unref();
    const position = this.#position;
    await position.catch((error: unknown) => {
      if (this.#position === position) this.#position = undefined;
      throw error;
    });
  }

  #pollWhileRead(): void {
    if (this.#readers > 0) return;
    clearInterval(this.#poll);
    this.#poll = undefined;
    this.#position = undefined;
  }

  #end(response: ServerResponse): void {
    // Behind what nobody reads, a farewell would wait for ever.
    if (response.writableNeedDrain) response.destroy();
    else response.end();
  }
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

function streamEvent(alert: Alert): StreamEvent {
  const { id, type, at, data } = alertEvent(alert);
  return { id, type, data: { id, at, ...data } };
}

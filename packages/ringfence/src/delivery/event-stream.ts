import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamEvent } from './stream-event.js';
import { StreamReader } from './stream-reader.js';

/** What an {@link EventStream} is made with. */
export interface EventStreamOptions {
  /** May this request read the stream? Whoever mounts it has to say so; an error is a no. */
  readonly allow: (request: IncomingMessage) => boolean | Promise<boolean>;
  /**
   * What a reader is owed that has seen everything up to `lastEventId`, when that is not kept here any
   * more or was given by another process; `undefined` for one that comes for the first time.
   */
  readonly since: (lastEventId: string | undefined) => Promise<readonly StreamEvent[]>;
  /** How many events are kept for those who come back; default 1000. */
  readonly kept?: number;
  /** A line that keeps proxies from hanging up, this often in milliseconds; default 15,000. */
  readonly heartbeatMs?: number;
  /** How long a reader may leave its connection full before it is cut off; default 30,000. */
  readonly patienceMs?: number;
  /** More readers than these are asked to come later; default 100. */
  readonly readers?: number;
  /** Told when the first reader comes and when the last one goes. */
  readonly onReaders?: (someone: boolean) => void;
}

/**
 * Events for whoever listens, as server-sent events over plain `node:http` (Express, Fastify's `raw` and
 * Nest hand the same two objects). Nothing is queued per reader: each has a place in the one list of kept
 * events, and one that reads too slowly goes on from the truth (`since`) or is cut off.
 *
 * @see WHATWG HTML, 9.2 "Server-sent events"
 * @example
 * const stream = new EventStream({ allow: isOperator, since: async () => [await status()] });
 * createServer((request, response) => void stream.handle(request, response)).listen(8080);
 * stream.publish({ id: '7', type: 'act', data: { verb: 'pause' } });
 */
export class EventStream {
  readonly #options: EventStreamOptions;
  readonly #readers = new Set<StreamReader>();
  #kept: StreamEvent[] = [];
  /** The place of the first kept event, counted from the start of the stream. */
  #first = 0;
  #closed = false;

  constructor(options: EventStreamOptions) {
    this.#options = options;
  }

  /** How many readers there are. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Sends an event to everybody, and keeps it for those who come back. */
  publish(event: StreamEvent): void {
    this.#kept.push(event);
    const { kept = 1000 } = this.#options;
    // In slices: moving the whole list for each event would cost more than the events.
    if (this.#kept.length >= 2 * kept) {
      this.#first += this.#kept.length - kept;
      this.#kept = this.#kept.slice(-kept);
    }
    for (const reader of this.#readers) reader.pump();
  }

  /** Answers a request with the stream, until either side ends it. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { allow, readers: most = 100, heartbeatMs, patienceMs, since } = this.#options;
    const allowed = await Promise.resolve()
      .then(() => allow(request))
      .catch(() => false);
    if (!allowed) return refuse(response, 403);
    if (this.#closed || this.#readers.size >= most) return refuse(response, 503);
    const reader = new StreamReader({
      response,
      lastEventId: request.headers['last-event-id'] as string | undefined,
      list: {
        at: (place) => this.#kept[place - this.#first],
        first: () => this.#first,
        end: () => this.#first + this.#kept.length,
        after: (id) => this.#after(id),
      },
      since,
      heartbeatMs: heartbeatMs ?? 15_000,
      patienceMs: patienceMs ?? 30_000,
    });
    this.#readers.add(reader);
    if (this.#readers.size === 1) this.#options.onReaders?.(true);
    response.once('close', () => {
      this.#readers.delete(reader);
      reader.end();
      if (this.#readers.size === 0) this.#options.onReaders?.(false);
    });
    await reader.begin();
  }

  /** Keeps none of the events any more; whoever comes back gets the truth. */
  forget(): void {
    this.#first += this.#kept.length;
    this.#kept = [];
  }

  /** Ends all streams; whoever comes afterwards is asked to come later. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader.end();
  }

  /** The place behind the kept event of this id. */
  #after(id: string): number | undefined {
    const at = this.#kept.findLastIndex((event) => event.id === id);
    return at < 0 ? undefined : this.#first + at + 1;
  }
}

function refuse(response: ServerResponse, status: 403 | 503): void {
  response.writeHead(status, status === 503 ? { 'retry-after': '5' } : {}).end();
}

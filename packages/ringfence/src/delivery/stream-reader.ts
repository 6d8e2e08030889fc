import type { ServerResponse } from 'node:http';
import type { StreamEvent } from './stream-event.js';

/** The kept events, by their place counted from the start of the stream. */
export interface KeptEvents {
  at(place: number): StreamEvent | undefined;
  /** The place of the oldest that is kept. */
  first(): number;
  /** The place that the next one will have. */
  end(): number;
  after(id: string): number | undefined;
}

/** What a {@link StreamReader} is made with. */
export interface StreamReaderOptions {
  readonly response: ServerResponse;
  readonly lastEventId: string | undefined;
  readonly list: KeptEvents;
  readonly since: (lastEventId: string | undefined) => Promise<readonly StreamEvent[]>;
  readonly heartbeatMs: number;
  readonly patienceMs: number;
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would otherwise keep events back until its buffer is full.
  'x-accel-buffering': 'no',
} as const;

/**
 * One reader of an `EventStream`: a place in the list of kept events and nothing else, so that a slow one
 * costs no memory. While its connection is full nothing is written to it.
 */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #heartbeat: NodeJS.Timeout;
  #patience: NodeJS.Timeout | undefined;
  #place: number;
  #lastId: string | undefined;
  /** Sent from `since`, and perhaps also on their way through the list. */
  #known: ReadonlySet<string> = new Set();
  #busy = true;
  #ended = false;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#lastId = options.lastEventId;
    this.#place = options.list.end();
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs);
    this.#heartbeat.unref();
  }

  /** Sends what the reader is owed, and from then on whatever comes. */
  async begin(): Promise<void> {
    const { response, list } = this.#options;
    response.writeHead(200, HEADERS);
    response.flushHeaders();
    const place = this.#lastId === undefined ? undefined : list.after(this.#lastId);
    if (place === undefined) await this.#catchUp();
    else this.#place = place;
    this.#busy = false;
    this.pump();
  }

  /** Writes what is there, until the connection is full. */
  pump(): void {
    const { response, list } = this.#options;
    while (!this.#busy && !this.#ended && this.#place < list.end()) {
      if (this.#place < list.first()) {
        this.#busy = true;
        void this.#catchUp().then(() => {
          this.#busy = false;
          this.pump();
        });
        return;
      }
      const event = list.at(this.#place);
      this.#place += 1;
      if (!event || this.#known.has(event.id)) continue;
      this.#lastId = event.id;
      if (!response.write(frame(event))) this.#waitForRoom();
    }
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#patience);
    const { response } = this.#options;
    // Behind what nobody reads, a farewell would wait for ever.
    if (response.writableNeedDrain) response.destroy();
    else response.end();
  }

  /** From the truth: what is neither kept here nor seen by the reader. */
  async #catchUp(): Promise<void> {
    const { response, list, since } = this.#options;
    // What is published from here on comes through the list as well.
    this.#place = list.end();
    try {
      const events = await since(this.#lastId);
      this.#known = new Set(events.map(({ id }) => id));
      if (this.#ended) return;
      this.#lastId = events.at(-1)?.id ?? this.#lastId;
      if (events.length > 0 && !response.write(events.map(frame).join(''))) {
        await this.#room();
      }
    } catch {
      // The reader comes again by itself, with the id of the last event that it has seen.
      this.end();
    }
  }

  #waitForRoom(): void {
    this.#busy = true;
    void this.#room().then(() => {
      this.#busy = false;
      this.pump();
    });
  }

  /** Resolves when there is room again; a reader that takes nothing for too long is cut off. */
  #room(): Promise<void> {
    const { response, patienceMs } = this.#options;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(this.#patience);
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      this.#patience = setTimeout(() => response.destroy(), patienceMs);
      response.once('drain', done);
      response.once('close', done);
    });
  }

  #beat(): void {
    // A full connection needs no sign of life, and would only become fuller.
    if (!this.#busy && !this.#ended) this.#options.response.write(': \n\n');
  }
}

function frame({ id, type, data }: StreamEvent): string {
  // JSON has no line breaks; ids and types are the platform's own, and still kept to one line.
  return `id: ${oneLine(id)}\nevent: ${oneLine(type)}\ndata: ${JSON.stringify(data)}\n\n`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, '');
}

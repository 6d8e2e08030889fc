import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestServer } from './server-app.fixture.js';

/** The server on a real port; `inject` shows neither broken requests nor connections. */
export async function listen({ app }: Pick<TestServer, 'app'>): Promise<number> {
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer().address() as AddressInfo).port;
}

/** One answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what the server says it is.
  readonly body: any;
}

/** A connection on which anything may be sent, whole or broken. */
export class Wire {
  #received = '';
  #closed = false;
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#received += text;
    });
    socket
      .on('error', () => undefined)
      .on('close', () => {
        this.#closed = true;
      });
  }

  static open(port: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Wire(socket)));
      socket.once('error', reject);
    });
  }

  get received(): string {
    return this.#received;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(text: string | Buffer): this {
    this.#socket.write(text);
    return this;
  }

  /** Stops reading, as somebody who asks for much and takes nothing. */
  pause(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Waits until something is so; the test's own time limit ends it. */
  async until(so: () => boolean): Promise<void> {
    while (!so()) await sleep(10);
  }

  ended(): Promise<void> {
    return this.until(() => this.#closed);
  }

  /** Waits for one whole answer (100 Continue is none) and takes it off. */
  async answer(hasBody = true): Promise<WireAnswer> {
    let found: { answer: WireAnswer; rest: string } | undefined;
    await this.until(() => {
      found = readAnswer(this.#received, hasBody);
      return found !== undefined || this.#closed;
    });
    if (!found) throw new Error(`The connection was closed after: ${this.#received}`);
    this.#received = found.rest;
    return found.answer;
  }
}

function readAnswer(
  text: string,
  hasBody: boolean,
): { answer: WireAnswer; rest: string } | undefined {
  const head = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n((?:[^\r]+\r\n)*)\r\n/.exec(text);
  if (!head) return undefined;
  const [whole, code, lines = ''] = head;
  const status = Number(code);
  const after = text.slice(whole.length);
  if (status === 100) return readAnswer(after, hasBody);
  const headers = Object.fromEntries(
    lines
      .split('\r\n')
      .filter(Boolean)
      .map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
  );
  const length = hasBody ? Number(headers['content-length'] ?? 0) : 0;
  const bytes = Buffer.from(after);
  if (bytes.length < length) return undefined;
  const body = bytes.subarray(0, length).toString();
  const json = headers['content-type']?.includes('json') && body !== '';
  return {
    answer: { status, headers, text: body, body: json ? JSON.parse(body) : undefined },
    rest: bytes.subarray(length).toString(),
  };
}

/** Sends one request on a connection of its own and returns the answer. */
export async function exchange(port: number, request: string | Buffer): Promise<WireAnswer> {
  const wire = await Wire.open(port);
  try {
    return await wire.send(request).answer(!String(request).startsWith('HEAD '));
  } finally {
    wire.close();
  }
}

/** Lines of a request, with the end of the headers: `lines('GET / HTTP/1.1', 'Host: localhost')`. */
export function lines(...all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n\r\n`;
}

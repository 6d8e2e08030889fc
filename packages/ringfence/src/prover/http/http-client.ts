import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { RingfenceError } from '../../errors/index.js';

/** What is sent; `path` with everything in place. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What came back. `json` is undefined when the body was none. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
  readonly milliseconds: number;
}

/** Bounds of the client. */
export interface HttpClientOptions {
  readonly baseUrl: string;
  readonly perSecond: number;
  readonly most: number;
  /** The server is elsewhere, and it is the caller's own. */
  readonly thisIsMine: boolean;
}

const TIMEOUT_MS = 15_000;
const LONGEST_WAIT_S = 30;

/** Sends requests one at a time, not too many in a second and not too many at all. */
export class HttpClient {
  sent = 0;
  readonly #base: URL;
  readonly #options: HttpClientOptions;
  #next = 0;

  /** @throws RingfenceError `CONFIGURATION_INVALID` for another machine without `thisIsMine`. */
  constructor(options: HttpClientOptions) {
    this.#base = new URL(options.baseUrl);
    this.#options = options;
    if (!options.thisIsMine && !isLoopback(this.#base.hostname)) {
      throw new RingfenceError('CONFIGURATION_INVALID', {
        detail: `${this.#base.hostname} is another machine: attack only what is yours, and say so with --this-is-mine.`,
      });
    }
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      await this.#turn();
      const answer = await this.#once(request);
      if (answer.status !== 429 || attempt >= 3) return answer;
      const wait = Number(answer.headers['retry-after'] ?? 1);
      await sleep(Math.min(Number.isFinite(wait) ? wait : 1, LONGEST_WAIT_S) * 1000);
    }
  }

  async #turn(): Promise<void> {
    if (this.sent >= this.#options.most) {
      throw new RingfenceError('PROOF_IMPOSSIBLE', {
        detail: `More than ${this.#options.most} requests would be needed: raise --most.`,
      });
    }
    this.sent += 1;
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + 1000 / this.#options.perSecond;
    if (at > now) await sleep(at - now);
  }

  #once({ method, path, token, headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const prefix = this.#base.pathname.replace(/\/$/, '');
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const request = (this.#base.protocol === 'https:' ? https : http).request(
        {
          protocol: this.#base.protocol,
          hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
          port: this.#base.port,
          method,
          path: `${prefix}${path}`,
          timeout: TIMEOUT_MS,
          headers: {
            accept: 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(text === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const content = Buffer.concat(chunks).toString('utf8');
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: content,
              json: parsed(content),
              milliseconds: performance.now() - started,
            });
          });
        },
      );
      request.on('timeout', () => request.destroy(new Error('timed out')));
      request.on('error', (cause) =>
        reject(
          new RingfenceError('PROOF_IMPOSSIBLE', {
            detail: `${method} ${path}: ${cause.message}`,
            cause,
          }),
        ),
      );
      request.end(text);
    });
  }
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

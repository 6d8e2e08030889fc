import { setTimeout as sleep } from 'node:timers/promises';
import { RingfenceError } from '../errors/index.js';
import { signWebhook } from './webhook-signature.js';

/** Something that happened, to be told to another system. */
export interface WebhookEvent {
  /** Unique, and the same each time this event is told. */
  readonly id: string;
  /** For example `migration.state-changed`. */
  readonly type: string;
  /** When it happened, ISO 8601. */
  readonly at: string;
  /** Ids, codes and counts; never a value of a tenant's row. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** How one event ended. */
export interface DeliveryOutcome {
  readonly event: WebhookEvent;
  readonly delivered: boolean;
  readonly attempts: number;
  /** The last HTTP status, `no answer`, or `queue full`, `stopped` when it was not tried any more. */
  readonly last: number | 'no answer' | 'queue full' | 'stopped';
}

/** What a {@link WebhookEndpoint} is made with. */
export interface WebhookEndpointOptions {
  /**
   * Where to send to, from the configuration of the platform. Never an address that a tenant gave: it
   * could name a host of the inner network.
   */
  readonly url: string;
  /** See `signWebhook`. */
  readonly secrets: readonly string[];
  /** The pauses before the second, third, … attempt, in milliseconds; default a second to five minutes. */
  readonly pausesMs?: readonly number[];
  /** How long one attempt may take, in milliseconds; default 10,000. */
  readonly timeoutMs?: number;
  /** How many events may wait; the one that comes then is reported and dropped. Default 1000. */
  readonly waiting?: number;
  readonly report?: (outcome: DeliveryOutcome) => void;
}

const PAUSES_MS = [1000, 5000, 30_000, 120_000, 300_000];
const LONGEST_PAUSE_MS = 600_000;
/** Answers that say "later"; any other below 500 says "never". */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Tells one receiver what happened: signed, in order, one at a time, and again with growing pauses until
 * it is taken. It never keeps its caller waiting and never throws at it; what could not be delivered is
 * reported. Events live in the memory of this process: what must not be lost is kept elsewhere as well
 * (the acts of a migration, the rows of an alert), and read from there.
 *
 * @example
 * const endpoint = new WebhookEndpoint({ url: 'https://ops.example/hooks', secrets: [secret] });
 * endpoint.send({ id: randomUUID(), type: 'migration.state-changed', at, data: { name, state } });
 * await endpoint.stop();
 */
export class WebhookEndpoint {
  readonly #options: WebhookEndpointOptions;
  readonly #queue: WebhookEvent[] = [];
  readonly #stop = new AbortController();
  #work: Promise<void> | undefined;

  /** @throws RingfenceError `CONFIGURATION_INVALID` for an address or a secret that cannot be used. */
  constructor(options: WebhookEndpointOptions) {
    checkAddress(options.url);
    signWebhook({ id: '', timestamp: 0, body: '' }, options.secrets);
    this.#options = options;
  }

  /** Takes an event; returns at once. */
  send(event: WebhookEvent): void {
    const { waiting = 1000 } = this.#options;
    if (this.#stop.signal.aborted) this.#tell(event, 0, 'stopped');
    else if (this.#queue.length >= waiting) this.#tell(event, 0, 'queue full');
    else {
      this.#queue.push(event);
      this.#work ??= this.#drain();
    }
  }

  /** Resolves when everything taken so far was delivered or given up. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** Gives up what still waits, after `graceMs` in which it may still be delivered. */
  async stop(graceMs = 5000): Promise<void> {
    const grace = sleep(graceMs, undefined, { ref: false });
    await Promise.race([this.#work, grace]);
    this.#stop.abort();
    await this.#work;
  }

  async #drain(): Promise<void> {
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) {
      await this.#deliver(event);
    }
    this.#work = undefined;
  }

  async #deliver(event: WebhookEvent): Promise<void> {
    const pauses = this.#options.pausesMs ?? PAUSES_MS;
    const { signal } = this.#stop;
    for (let attempt = 1; ; attempt += 1) {
      if (signal.aborted) return this.#tell(event, attempt - 1, 'stopped');
      const { status, retryAfterMs } = await this.#attempt(event);
      const pause = pauses[attempt - 1];
      const later = status === 'no answer' || status >= 500 || LATER.has(status);
      if (!later || pause === undefined) return this.#tell(event, attempt, status);
      const wait = Math.min(Math.max(pause, retryAfterMs), LONGEST_PAUSE_MS);
      await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #attempt(
    event: WebhookEvent,
  ): Promise<{ status: number | 'no answer'; retryAfterMs: number }> {
    const { url, secrets, timeoutMs = 10_000 } = this.#options;
    const body = JSON.stringify(event);
    // Signed anew each time: a receiver refuses an old timestamp.
    const timestamp = Math.floor(Date.now() / 1000);
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'ringfence',
          ...signWebhook({ id: event.id, timestamp, body }, secrets),
        },
        body,
        signal,
        // Followed, it would bring a signed event to somebody that nobody named.
        redirect: 'manual',
      });
      await response.body?.cancel();
      const seconds = Number(response.headers.get('retry-after'));
      return {
        status: response.status,
        retryAfterMs: seconds > 0 ? seconds * 1000 : 0,
      };
    } catch {
      return { status: 'no answer', retryAfterMs: 0 };
    }
  }

  #tell(event: WebhookEvent, attempts: number, last: DeliveryOutcome['last']): void {
    const delivered = typeof last === 'number' && last >= 200 && last < 300;
    this.#options.report?.({ event, delivered, attempts, last });
  }
}

function checkAddress(url: string): void {
  const { protocol, username, password } = URL.canParse(url) ? new URL(url) : BAD_ADDRESS;
  if (!['http:', 'https:'].includes(protocol) || username || password) {
    throw new RingfenceError('CONFIGURATION_INVALID', {
      detail: 'A webhook goes to an http(s) address without a user name in it.',
    });
  }
}

const BAD_ADDRESS = { protocol: '', username: '', password: '' };

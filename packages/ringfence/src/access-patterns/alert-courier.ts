import { signWebhook } from '../delivery/index.js';
import type { Alert } from './alert.js';
import type { AlertBook, TakenAlert } from './alert-book.js';
import {
  checkTarget,
  type PostOutcome,
  postWebhook,
  type WebhookTarget,
} from './webhook-target.js';

/** What an {@link AlertCourier} works with. */
export interface AlertCourierOptions {
  readonly book: AlertBook;
  readonly target: WebhookTarget;
  /** See `signWebhook` of `ringfence/delivery`: the newest first; two while the receiver changes over. */
  readonly secrets: readonly string[];
  /** After so many attempts it is given up and stays in the table. Default 12: about nine hours. */
  readonly attempts?: number;
  /** The longest pause before an attempt, the second being 2; default doubles from 10 s to 2 h. */
  readonly pauseSeconds?: (attempt: number) => number;
  /** From 0 to 1; default `Math.random`. */
  readonly random?: () => number;
  readonly onGivenUp?: (alert: Alert, last: PostOutcome) => void;
}

/** What one round did. */
export interface CourierRound {
  readonly delivered: number;
  readonly failed: number;
}

const BATCH = 10;
/** Longer than any attempt: whoever dies in the middle leaves his to the others after that. */
const LEASE_SECONDS = 60;
const ATTEMPTS = 12;

/**
 * Delivers alerts to a webhook out of the table that they stand in: at least once, also over restarts, one
 * node at a time per alert, again with growing pauses, and given up after the last attempt. The receiver
 * knows a repetition by its `webhook-id`, which is the alert's.
 *
 * @example
 * const courier = new AlertCourier({ book, target: { url: 'https://ops.example/hooks' }, secrets });
 * setInterval(() => void courier.round(), 2000);
 */
export class AlertCourier {
  readonly #options: AlertCourierOptions;

  /** @throws RingfenceError `CONFIGURATION_INVALID` for an address or a secret that cannot be used. */
  constructor(options: AlertCourierOptions) {
    checkTarget(options.target);
    signWebhook({ id: '', timestamp: 0, body: '' }, options.secrets);
    this.#options = options;
  }

  /** Delivers what is due now. Rejects when the database is away; whatever was taken comes again. */
  async round(): Promise<CourierRound> {
    let [delivered, failed] = [0, 0];
    for (;;) {
      const taken = await this.#options.book.take(BATCH, LEASE_SECONDS);
      const outcomes = await Promise.all(taken.map((alert) => this.#deliver(alert)));
      delivered += outcomes.filter(Boolean).length;
      failed += outcomes.filter((outcome) => !outcome).length;
      if (taken.length < BATCH) return { delivered, failed };
    }
  }

  async #deliver(alert: TakenAlert): Promise<boolean> {
    const { book, target, secrets, attempts = ATTEMPTS, onGivenUp } = this.#options;
    const body = JSON.stringify(alertEvent(alert));
    const headers = signWebhook(
      { id: alert.id, timestamp: Math.floor(Date.now() / 1000), body },
      secrets,
    );
    const sent = { 'content-type': 'application/json', 'user-agent': 'ringfence', ...headers };
    const outcome = await postWebhook(target, sent, body);
    if (typeof outcome === 'number' && outcome >= 200 && outcome < 300) {
      await book.settle(alert, 'delivered');
      return true;
    }
    const last = alert.attempt >= attempts;
    await book.settle(alert, String(outcome), last ? undefined : this.#pause(alert.attempt + 1));
    if (last) onGivenUp?.(alert, outcome);
    return false;
  }

  /** Half of it fixed, half of it drawn: receivers that come back are not overrun. */
  #pause(attempt: number): number {
    const { pauseSeconds = doubling, random = Math.random } = this.#options;
    const longest = pauseSeconds(attempt);
    return Math.ceil(longest / 2 + (longest / 2) * random());
  }
}

function doubling(attempt: number): number {
  return Math.min(10 * 2 ** (attempt - 2), 7200);
}

/** An alert as other systems are told of it, by webhook and by the feed. */
export function alertEvent(alert: Alert) {
  const { id, at, tenantId, rule, severity, subject, evidence } = alert;
  return {
    id,
    type: 'alert.raised',
    at: at.toISOString(),
    data: { tenantId, rule, severity, subject, evidence },
  };
}

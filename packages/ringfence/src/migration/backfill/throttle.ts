import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '../../sql/index.js';

/**
 * Looks whether the database has something better to do.
 *
 * @returns why to wait, in a few words without values of rows; `undefined` to go on.
 */
export type Probe = (db: Queryable) => Promise<string | undefined>;

/** How a {@link Throttle} behaves. */
export interface ThrottleOptions {
  readonly probes: readonly Probe[];
  /** How long an answer is believed. Default 1 second. */
  readonly everyMs?: number;
  /** How long to wait before it is asked again. Default 1 second. */
  readonly pauseMs?: number;
  /** Milliseconds; default the clock of the process. */
  readonly now?: () => number;
}

/** Holds work back while one of its probes says so. Shared by the workers of a process. */
export class Throttle {
  readonly #options: ThrottleOptions;
  #reason: string | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ThrottleOptions) {
    this.#options = options;
  }

  /** Why to wait now, as far as it is known; asks at most every so often. */
  async reason(db: Queryable): Promise<string | undefined> {
    const { probes, everyMs = 1_000, now = () => performance.now() } = this.#options;
    if (now() - this.#askedAt < everyMs) return this.#reason;
    this.#askedAt = now();
    let reason: string | undefined;
    for (const probe of probes) {
      reason ??= await probe(db);
    }
    this.#reason = reason;
    return reason;
  }

  /**
   * Returns when there is nothing to wait for.
   *
   * @param onWait called before each pause, with the reason.
   */
  async wait(
    db: Queryable,
    onWait: (reason: string) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      const reason = await this.reason(db);
      if (reason === undefined || signal.aborted) return;
      await onWait(reason);
      await sleep(this.#options.pauseMs ?? 1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

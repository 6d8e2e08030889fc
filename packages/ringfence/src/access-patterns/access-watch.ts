import type { AccessPatterns } from './access-patterns.js';
import type { AlertCourier } from './alert-courier.js';
import type { AlertFeed } from './alert-feed.js';

/** What an {@link AccessWatch} keeps going. */
export interface AccessWatchOptions {
  readonly patterns: AccessPatterns;
  readonly feed?: AlertFeed;
  readonly courier?: AlertCourier;
  /** How often counts are sent and alerts delivered, in milliseconds; default 2000. */
  readonly everyMs?: number;
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Keeps the rules, the feed and the courier of one node going, from start to stop. What fails is tried
 * again the next time; one round never overlaps the next.
 *
 * @example
 * const watch = new AccessWatch({ patterns, feed, courier });
 * watch.start();
 * await watch.stop();
 */
export class AccessWatch {
  readonly #options: AccessWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;

  constructor(options: AccessWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { everyMs = 2000 } = this.#options;
    this.#timer ??= setInterval(() => {
      this.#round ??= this.#run(false).finally(() => {
        this.#round = undefined;
      });
    }, everyMs);
    // A process that has nothing else to do may end.
    this.#timer.unref();
  }

  /** Sends what was counted now, also what could wait, and raises what follows from it. */
  async sendNow(): Promise<void> {
    await this.#run(true);
  }

  /** Ends the feed's streams, and sends what was counted. Before the pool of the database ends. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#options.feed?.close();
    await this.#round;
    await this.#run(true);
  }

  async #run(last: boolean): Promise<void> {
    const { patterns, feed, courier } = this.#options;
    await this.#tried(async () => {
      const raised = await patterns.flush(Date.now(), last);
      if (raised.length > 0) await feed?.look();
    });
    if (courier && !last) await this.#tried(() => courier.round());
  }

  async #tried(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.onFailure?.(error);
    }
  }
}

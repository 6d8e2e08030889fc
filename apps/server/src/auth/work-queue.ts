import { RingfenceError } from 'ringfence/errors';

/** How much a {@link WorkQueue} lets run and wait. */
export interface WorkQueueLimits {
  readonly running: number;
  /** In each lane. */
  readonly waiting: number;
}

/** Who waits: somebody whom we know goes past strangers, but not past all of them for ever. */
export type Lane = 'known' | 'stranger';

/**
 * Lets a few calls run at once and the others wait in order; when too many wait, the next one is
 * refused at once instead of being answered long after its caller has gone. Each lane has its own
 * waiting room: a crowd of strangers keeps nobody out whom we know. Every third place is a stranger's,
 * because whoever has an account is known and may be a crowd as well.
 *
 * @example
 * const queue = new WorkQueue({ running: 2, waiting: 100 });
 * await queue.run(() => expensive(), 'known');
 */
export class WorkQueue {
  readonly #limits: WorkQueueLimits;
  readonly #waiting: Readonly<Record<Lane, (() => void)[]>> = { known: [], stranger: [] };
  #running = 0;
  #handedOver = 0;

  constructor(limits: WorkQueueLimits) {
    this.#limits = limits;
  }

  /** @throws RingfenceError `OVERLOADED` when too many calls are waiting in this lane. */
  async run<T>(work: () => Promise<T>, lane: Lane = 'stranger'): Promise<T> {
    if (this.#running < this.#limits.running) {
      this.#running += 1;
    } else {
      const waiting = this.#waiting[lane];
      if (waiting.length >= this.#limits.waiting) throw new RingfenceError('OVERLOADED');
      // Whoever finishes hands its place over; the count of running calls stays the same.
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#next();
      if (next) next();
      else this.#running -= 1;
    }
  }

  #next(): (() => void) | undefined {
    const { known, stranger } = this.#waiting;
    this.#handedOver += 1;
    if (this.#handedOver % 3 === 0) return stranger.shift() ?? known.shift();
    return known.shift() ?? stranger.shift();
  }
}

import { RingfenceError } from 'ringfence/errors';

/** How much a {@link WorkQueue} lets run and wait. */
export interface WorkQueueLimits {
  readonly running: number;
  readonly waiting: number;
}

/**
 * Lets a few calls run at once and the others wait in order; when too many wait, the next one is
 * refused at once instead of being answered long after its caller has gone.
 *
 * @example
 * const queue = new WorkQueue({ running: 2, waiting: 100 });
 * await queue.run(() => expensive());
 */
export class WorkQueue {
  readonly #limits: WorkQueueLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: WorkQueueLimits) {
    this.#limits = limits;
  }

  /** @throws RingfenceError `OVERLOADED` when too many calls are waiting. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limits.running) {
      this.#running += 1;
    } else {
      if (this.#waiting.length >= this.#limits.waiting) throw new RingfenceError('OVERLOADED');
      // Whoever finishes hands its place over; the count of running calls stays the same.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

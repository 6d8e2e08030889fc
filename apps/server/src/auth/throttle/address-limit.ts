import { RingfenceError } from 'ringfence/errors';

/** How many attempts a network has, and how fast they come back. */
export interface AddressBudget {
  readonly attempts: number;
  readonly perSeconds: number;
  /** Networks that are remembered; beyond, the one that was quiet for longest is forgotten. */
  readonly networks: number;
}

interface Bucket {
  left: number;
  at: number;
}

/**
 * Counts attempts that fail, by network, over all accounts and tenants of this process: what tries a
 * few passwords on each of many accounts is one network all the same. Each process counts for itself.
 *
 * @example
 * const giveBack = limit.take('203.0.113.9');
 * if (right) giveBack();
 */
export class AddressLimit {
  readonly #budget: AddressBudget;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(budget: AddressBudget, now: () => number = Date.now) {
    this.#budget = budget;
    this.#now = now;
  }

  /** @throws RingfenceError `LOG_IN_THROTTLED` when the network has no attempt left. */
  take(network: string): () => void {
    const bucket = this.#refilled(network);
    if (bucket.left < 1) {
      const seconds = ((1 - bucket.left) * this.#budget.perSeconds) / this.#budget.attempts;
      throw new RingfenceError('LOG_IN_THROTTLED', { retryAfterSeconds: Math.ceil(seconds) });
    }
    bucket.left -= 1;
    return () => {
      bucket.left = Math.min(this.#budget.attempts, bucket.left + 1);
    };
  }

  #refilled(network: string): Bucket {
    const { attempts, perSeconds, networks } = this.#budget;
    const now = this.#now();
    const bucket = this.#buckets.get(network) ?? { left: attempts, at: now };
    bucket.left = Math.min(
      attempts,
      bucket.left + ((now - bucket.at) / 1000 / perSeconds) * attempts,
    );
    bucket.at = now;
    // Put behind all others: a Map keeps the order in which its keys came.
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    if (this.#buckets.size > networks) {
      const [quietest] = this.#buckets.keys();
      if (quietest !== undefined) this.#buckets.delete(quietest);
    }
    return bucket;
  }
}

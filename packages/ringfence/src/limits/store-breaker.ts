/** How a store is treated; see `TenantRateLimiterOptions`. */
export interface StoreBreakerOptions {
  readonly storeTimeoutMs?: number;
  readonly storePauseMs?: number;
  readonly onStoreFailure?: (error: unknown) => void;
}

const TIMEOUT_MS = 250;
const PAUSE_MS = 500;

/**
 * Asks a store that may be down. One that fails or does not answer in time is left alone for a while, so
 * that a store that hangs does not hold up every request for the whole time-out.
 */
export class StoreBreaker {
  readonly #options: StoreBreakerOptions;
  #pausedUntil = 0;

  constructor(options: StoreBreakerOptions) {
    this.#options = options;
  }

  /** @returns nothing when the store is down or left alone. */
  async ask<T extends object>(question: () => Promise<T>): Promise<T | undefined> {
    if (performance.now() < this.#pausedUntil) return undefined;
    try {
      return await inTime(question(), this.#options.storeTimeoutMs ?? TIMEOUT_MS);
    } catch (error) {
      // Of many requests that failed together only the first has news.
      if (performance.now() >= this.#pausedUntil) this.#options.onStoreFailure?.(error);
      this.#pausedUntil = performance.now() + (this.#options.storePauseMs ?? PAUSE_MS);
      return undefined;
    }
  }
}

function inTime<T>(answer: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the store did not answer')), milliseconds);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

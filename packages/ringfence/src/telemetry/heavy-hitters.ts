/**
 * Finds the keys that come most often in an endless stream, in bounded memory: the algorithm of Misra
 * and Gries, which knows at any time every key with more than 1/(capacity + 1) of all arrivals (Space-Saving
 * keeps the same sets). An arrival costs one look-up, and now and then a pass over what is held, which as
 * many arrivals have paid for.
 *
 * @see J. Misra, D. Gries, "Finding repeated elements", Science of Computer Programming 2 (1982)
 */
export class HeavyHitters {
  readonly #capacity: number;
  readonly #counts = new Map<string, number>();

  /** @param capacity how many keys are held at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(key: string): void {
    const held = this.#counts.get(key);
    if (held !== undefined) this.#counts.set(key, held + 1);
    else if (this.#counts.size < this.#capacity) this.#counts.set(key, 1);
    else this.#takeOneOfEach();
  }

  /** At most what the key came; too low by at most 1/(capacity + 1) of all arrivals. */
  count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** The keys that came most often, the first ones first. */
  top(howMany: number): string[] {
    const all = [...this.#counts].sort(([, a], [, b]) => b - a);
    return all.slice(0, howMany).map(([key]) => key);
  }

  /** Makes what came before count half, so that the list follows what happens now. */
  age(): void {
    for (const [key, count] of this.#counts) this.#set(key, count >> 1);
  }

  #takeOneOfEach(): void {
    for (const [key, count] of this.#counts) this.#set(key, count - 1);
  }

  #set(key: string, count: number): void {
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

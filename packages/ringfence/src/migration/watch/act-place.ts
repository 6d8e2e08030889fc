/** How long a number that was passed over may still appear; no transaction of the ledger lasts as long. */
const GAP_MS = 300_000;
const MOST_GAPS = 10_000;

/**
 * How far somebody has read the acts of the ledger. Acts are numbered when they are written and seen when
 * their transaction commits, so a lower number may appear after a higher one: numbers that were passed over
 * are remembered and asked for again for a while. Most of them were rolled back and never come.
 */
export class ActPlace {
  #last: bigint;
  /** Passed over → when that was noticed. */
  readonly #gaps = new Map<bigint, number>();
  readonly #now: () => number;

  /** @param text as {@link ActPlace.toString} wrote it; anything else is the beginning. */
  constructor(text = '0', now: () => number = Date.now) {
    const known = /^\d{1,18}( \d{1,18})*$/.test(text.trim());
    const [last = 0n, ...gaps] = known ? text.trim().split(' ').map(BigInt) : [];
    this.#last = last;
    this.#now = now;
    for (const gap of gaps) this.#gaps.set(gap, now());
  }

  /** The highest number that was seen. */
  get last(): string {
    return String(this.#last);
  }

  /** Numbers below it that may still appear. */
  gaps(): string[] {
    const oldest = this.#now() - GAP_MS;
    for (const [gap, since] of this.#gaps) if (since < oldest) this.#gaps.delete(gap);
    return [...this.#gaps.keys()].map(String);
  }

  /** This act was seen. */
  pass(id: string): void {
    const number = BigInt(id);
    this.#gaps.delete(number);
    for (let gap = this.#last + 1n; gap < number && this.#gaps.size < MOST_GAPS; gap += 1n) {
      // Before the first one that was ever seen there is nothing to wait for.
      if (this.#last > 0n) this.#gaps.set(gap, this.#now());
      else break;
    }
    if (number > this.#last) this.#last = number;
  }

  toString(): string {
    return [this.last, ...this.gaps()].join(' ');
  }
}

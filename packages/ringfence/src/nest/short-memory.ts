import { newFrame, runInFrame } from '../context/index.js';

/** How long and how much a {@link ShortMemory} remembers. */
export interface ShortMemoryOptions {
  /** An answer is as old as this at most, counted from when its question was asked. */
  readonly milliseconds?: number;
  readonly entries?: number;
  readonly now?: () => number;
}

interface Remembered<T> {
  readonly answer: Promise<T>;
  readonly until: number;
}

/** Well below the five seconds within which a withdrawn right must be gone everywhere. */
const LONGEST_MS = 3000;

/**
 * Remembers answers (that there is none, too) for a few seconds. Questions with the same key that come
 * while one is under way share it; errors are not remembered; the oldest answer goes when there is no
 * more room.
 */
export class ShortMemory<T> {
  readonly #remembered = new Map<string, Remembered<T>>();
  readonly #milliseconds: number;
  readonly #entries: number;
  readonly #now: () => number;

  constructor(options: ShortMemoryOptions = {}) {
    this.#milliseconds = Math.min(options.milliseconds ?? LONGEST_MS, LONGEST_MS);
    this.#entries = options.entries ?? 10_000;
    this.#now = options.now ?? (() => performance.now());
  }

  /** The answer that is remembered for `key`, or what `ask` answers, in a frame of its own. */
  recall(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#remembered.get(key);
    if (known && this.#now() < known.until) return known.answer;
    const until = this.#now() + this.#milliseconds;
    // In a frame of its own: an answer that several requests share belongs to none of them.
    const answer = runInFrame(newFrame(), async () => await ask());
    this.#remember(key, { answer, until });
    return answer;
  }

  /** Forgets everything: what is being asked at this moment is answered, and not remembered. */
  clear(): void {
    this.#remembered.clear();
  }

  #remember(key: string, entry: Remembered<T>): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, entry);
    if (this.#remembered.size > this.#entries) {
      const oldest = this.#remembered.keys().next().value;
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    entry.answer.catch(() => {
      if (this.#remembered.get(key) === entry) this.#remembered.delete(key);
    });
  }
}

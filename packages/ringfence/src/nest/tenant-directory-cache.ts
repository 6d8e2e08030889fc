import { newFrame, runInFrame } from '../context/index.js';
import type { TenantDirectory, TenantEntry } from './tenancy-options.js';

/** How long and how much a {@link TenantDirectoryCache} remembers. */
export interface DirectoryCacheOptions {
  /** A suspension takes effect after at most this long. */
  readonly milliseconds?: number;
  readonly entries?: number;
  readonly now?: () => number;
}

interface Remembered {
  readonly answer: Promise<TenantEntry | undefined>;
  readonly until: number;
}

/**
 * Remembers answers of the directory (that there is no such tenant, too) for a few seconds. Questions
 * for the same name that come while one is under way share it; errors are not remembered.
 */
export class TenantDirectoryCache implements TenantDirectory {
  readonly #directory: TenantDirectory;
  readonly #remembered = new Map<string, Remembered>();
  readonly #milliseconds: number;
  readonly #entries: number;
  readonly #now: () => number;

  constructor(directory: TenantDirectory, options: DirectoryCacheOptions = {}) {
    this.#directory = directory;
    this.#milliseconds = options.milliseconds ?? 3000;
    this.#entries = options.entries ?? 1000;
    this.#now = options.now ?? (() => performance.now());
  }

  findTenant(name: string): Promise<TenantEntry | undefined> {
    const known = this.#remembered.get(name);
    if (known && this.#now() < known.until) return known.answer;
    // In a frame of its own: an answer that several requests share belongs to none of them.
    const answer = runInFrame(newFrame(), async () => await this.#directory.findTenant(name));
    this.#remember(name, answer);
    return answer;
  }

  /** Forgets everything: something about tenants has changed. */
  clear(): void {
    this.#remembered.clear();
  }

  #remember(name: string, answer: Promise<TenantEntry | undefined>): void {
    const entry = { answer, until: this.#now() + this.#milliseconds };
    this.#remembered.delete(name);
    this.#remembered.set(name, entry);
    if (this.#remembered.size > this.#entries) {
      const oldest = this.#remembered.keys().next().value;
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    answer.catch(() => {
      if (this.#remembered.get(name) === entry) this.#remembered.delete(name);
    });
  }
}

import { ShortMemory, type ShortMemoryOptions } from './short-memory.js';
import type { TenantDirectory, TenantEntry } from './tenancy-options.js';

/**
 * Remembers answers of the directory (that there is no such tenant, too) for at most three seconds: that
 * long a suspended tenant gets in on a node that nobody told. `clear()` when something has changed.
 *
 * The one of a `TenancyModule` can be injected, for what asks as often as requests come. Never answer
 * strangers from it: that an answer comes sooner tells that somebody has asked before.
 *
 * @example
 * constructor(private readonly tenants: TenantDirectoryCache) {}
 * const owner = await this.tenants.findTenant('docs.acme.example');
 */
export class TenantDirectoryCache implements TenantDirectory {
  readonly #directory: TenantDirectory;
  readonly #memory: ShortMemory<TenantEntry | undefined>;

  constructor(directory: TenantDirectory, options: ShortMemoryOptions = {}) {
    this.#directory = directory;
    this.#memory = new ShortMemory(options);
  }

  findTenant(name: string): Promise<TenantEntry | undefined> {
    return this.#memory.recall(name, () => this.#directory.findTenant(name));
  }

  /** Forgets everything: something about tenants has changed. */
  clear(): void {
    this.#memory.clear();
  }
}

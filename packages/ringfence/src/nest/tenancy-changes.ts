import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/**
 * Spreads the change feed of `TenancyOptions.changes` to everything in this process that remembers
 * something: the feed runs from the start of the application to its shutdown.
 *
 * @example
 * constructor(changes: TenancyChanges) { changes.subscribe(() => this.cache.clear()); }
 */
@Injectable()
export class TenancyChanges implements OnModuleInit, OnApplicationShutdown {
  readonly #listeners = new Set<() => void>();
  #feed: { stop(): Promise<void> } | undefined;

  constructor(@Inject(TENANCY_OPTIONS) private readonly options: TenancyOptions) {}

  subscribe(forget: () => void): void {
    this.#listeners.add(forget);
  }

  onModuleInit(): void {
    this.#feed = this.options.changes?.(() => {
      for (const forget of this.#listeners) forget();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#feed?.stop();
  }
}

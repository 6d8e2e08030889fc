import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '../errors/index.js';

/** How often requests were refused for one reason, by what one source of the tenant said. */
export interface RefusalCount {
  readonly reason: ErrorCode;
  /** `subdomain`, `custom-domain`, `header`, `path`, `body`, or `token`: never a name of a tenant. */
  readonly source: string;
  readonly count: number;
}

/**
 * Counts refused tenants since the start of the process, for metrics. Reasons come from the catalogue
 * and sources from the resolvers, so that no request can make a new counter.
 *
 * @example
 * constructor(private readonly refusals: RefusalCounts) {}
 * for (const { reason, source, count } of this.refusals.read()) gauge.set({ reason, source }, count);
 */
@Injectable()
export class RefusalCounts {
  readonly #counts = new Map<string, RefusalCount>();

  count(reason: ErrorCode, source: string): void {
    const key = `${reason} ${source}`;
    const count = (this.#counts.get(key)?.count ?? 0) + 1;
    this.#counts.set(key, { reason, source, count });
  }

  read(): readonly RefusalCount[] {
    return [...this.#counts.values()];
  }
}

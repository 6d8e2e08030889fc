import { HeavyHitters } from './heavy-hitters.js';
import type { RequestObserver, RequestRecord } from './request-record.js';
import { statusClass } from './status-class.js';

/** One counter: how many requests of a tenant ended so. */
export interface TenantCount {
  /** A tenant's id; `other` for all tenants without a series of their own, `none` for no tenant. */
  readonly tenant: string;
  /** `2xx`, `3xx`, `4xx`, `5xx`; `429` apart; `none` where nothing was answered. */
  readonly status: string;
  readonly count: number;
}

/** How many series {@link TenantTraffic} keeps. */
export interface TenantTrafficOptions {
  /** A tenant among so many of the busiest gets a series. Default 20. */
  readonly top?: number;
}

type Counts = Map<string, number>;

/** After so many requests the list of the busiest is made anew; after so many lists the past is halved. */
const LIST_EVERY = 1000;
const AGE_EVERY = 100;
/** The sketch holds so many tenants for one in the list: the error of a count is that much smaller. */
const HELD_PER_LISTED = 20;

/**
 * Counts requests by tenant with a bounded number of series: the busiest tenants have one each, the rest
 * share `other`. A tenant gets its series when it comes into the list of the busiest, and keeps it when
 * it falls out of the list, until a newcomer needs the place; there is room for twice the list. So tenants
 * at the edge do not come and go, and there are never more than 2 × top + 2 tenants.
 *
 * No counter ever goes backwards. What a tenant did before it had a series stands in `other` and stays
 * there; a series that is given up is gone, and begins at 0 if its tenant ever gets another, as after a
 * restart of the process. Nothing is moved between series, so that rates are right in each of them.
 *
 * @example
 * const traffic = new TenantTraffic({ top: 20 });
 * TenancyModule.forRoot({ …, observers: [traffic] });
 */
export class TenantTraffic implements RequestObserver {
  readonly #top: number;
  readonly #sketch: HeavyHitters;
  readonly #own = new Map<string, Counts>();
  readonly #none: Counts = new Map();
  readonly #other: Counts = new Map();
  #sinceList = 0;
  #sinceAge = 0;

  constructor({ top = 20 }: TenantTrafficOptions = {}) {
    this.#top = top;
    this.#sketch = new HeavyHitters(Math.max(100, top * HELD_PER_LISTED));
  }

  observe({ tenantId, status }: Pick<RequestRecord, 'tenantId' | 'status'>): void {
    const counts = tenantId === undefined ? this.#none : this.#countsOf(tenantId);
    const how = status === 429 ? '429' : statusClass(status);
    counts.set(how, (counts.get(how) ?? 0) + 1);
  }

  read(): TenantCount[] {
    const groups = [['none', this.#none] as const, ['other', this.#other] as const, ...this.#own];
    return groups.flatMap(([tenant, counts]) =>
      [...counts].map(([status, count]) => ({ tenant, status, count })),
    );
  }

  #countsOf(tenant: string): Counts {
    this.#sketch.add(tenant);
    this.#sinceList += 1;
    // While there are few tenants, each has its series from the first request on.
    if (this.#own.size < this.#top) this.#admit(tenant);
    if (this.#sinceList >= LIST_EVERY) this.#list();
    return this.#own.get(tenant) ?? this.#other;
  }

  #list(): void {
    this.#sinceList = 0;
    for (const tenant of this.#sketch.top(this.#top)) this.#admit(tenant);
    this.#sinceAge += 1;
    if (this.#sinceAge < AGE_EVERY) return;
    this.#sinceAge = 0;
    this.#sketch.age();
  }

  #admit(tenant: string): void {
    if (this.#own.has(tenant)) return;
    if (this.#own.size >= 2 * this.#top) this.#own.delete(this.#quietest());
    this.#own.set(tenant, new Map());
  }

  #quietest(): string {
    let quietest = '';
    let least = Number.POSITIVE_INFINITY;
    for (const tenant of this.#own.keys()) {
      const count = this.#sketch.count(tenant);
      if (count < least) [quietest, least] = [tenant, count];
    }
    return quietest;
  }
}

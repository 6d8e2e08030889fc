import type { TenantId } from '../context/index.js';
import type { NewAlert } from './alert.js';

/** What is added to one counter. */
export interface AccessCount {
  readonly subject: string;
  readonly measure: string;
  /** Where the window begins, in milliseconds since 1970. */
  readonly startsAt: number;
  readonly amount: number;
  /** Counted once each; `-x` takes x out. At most 200 of a counter are kept, the oldest. */
  readonly members: readonly string[];
  readonly expiresAt: number;
  /** The measure that keeps the highest window of each day, for rules that compare with it. */
  readonly base?: string;
  /** The day of {@link base}. */
  readonly day: number;
}

/** Where a counter stands, all nodes together. */
export interface AccessTotal {
  readonly amount: number;
  readonly members: number;
  /** How many members there were before. */
  readonly known: number;
  /** How many of those that came were not there before. */
  readonly fresh: number;
  /** The highest window of the 35 days before this one, and on how many of them there was any. */
  readonly highest: number;
  readonly days: number;
}

/** Where counters and alerts are kept. One contract suite holds all stores. */
export interface AccessStore {
  /** Adds to counters of one owner, all or nothing, and says where each stands, in the same order. */
  add(owner: TenantId, at: number, counts: readonly AccessCount[]): Promise<readonly AccessTotal[]>;
  /**
   * Keeps an alert. `false` when one of the same rule and subject still cools down, or the owner has had
   * twenty of the rule within an hour.
   */
  raise(alert: NewAlert): Promise<boolean>;
}

import type { AccessSignal } from './access-signal.js';

/** How loud an alert is: worth knowing, worth looking at today, worth waking somebody. */
export type AlertSeverity = 'notice' | 'warning' | 'critical';

/**
 * What must not be seen more often than so many times in so long. Windows begin at whole multiples of
 * their length (UTC).
 */
export interface AccessRule {
  /** Kebab-case, for example `id-probing`; stable, because alerts are stored under it. */
  readonly name: string;
  readonly severity: AlertSeverity;
  readonly signal: AccessSignal;
  /** Whose counter: one actor's, all of the tenant's, one network's of strangers, or everybody's. */
  readonly per: 'actor' | 'tenant' | 'network' | 'everybody';
  /** How often, how many different ones (`distinct`), or how many never seen before (`fresh`). */
  readonly counts: 'times' | 'distinct' | 'fresh';
  /** It fires at this number, not below. */
  readonly threshold: number;
  /** In seconds; 0 is one window without an end, for what was ever seen. */
  readonly window: number;
  /** Compared with the actor's own days before. */
  readonly baseline?: {
    /** Only above so many times the highest window of the last 35 days. */
    readonly factor?: number;
    /** Only for somebody who was seen on so many days before. */
    readonly days?: number;
    /** Only for somebody who is not known from more networks than these, and from one at least. */
    readonly networks?: number;
  };
  /** No second alert of the same rule and subject for so many seconds. */
  readonly coolDown: number;
  /** What it means, in one sentence. */
  readonly sentence: string;
}

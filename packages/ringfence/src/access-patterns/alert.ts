import { parseTenantId, type TenantId } from '../context/index.js';
import { PLATFORM_ID } from '../sql/index.js';
import type { AlertSeverity } from './access-rule.js';

/** Whose counters those of strangers are, and whose alerts: no tenant's. */
export const PLATFORM: TenantId = parseTenantId(PLATFORM_ID);

/** What a rule found, as it is raised. */
export interface NewAlert {
  readonly id: string;
  /** Whose it is: a tenant, or the {@link PLATFORM}. */
  readonly owner: TenantId;
  readonly rule: string;
  readonly severity: AlertSeverity;
  /** `user:<id>`, `api-key:<id>`, `operator:<id>`, `tenant`, `network:<prefix>` or `everybody`. */
  readonly subject: string;
  /** When it happened, in milliseconds since 1970. */
  readonly at: number;
  readonly coolDown: number;
  readonly evidence: AlertEvidence;
}

/** Ids, codes and counts; never data. */
export interface AlertEvidence {
  readonly count: number;
  readonly threshold: number;
  /** Seconds. */
  readonly window: number;
  /** The highest window of the days before, for rules that compare with it. */
  readonly highestBefore?: number;
  /** On how many days the actor was seen before. */
  readonly daysBefore?: number;
  /** Codes of what was refused, with how often the node that raised it saw them lately. */
  readonly codes?: Readonly<Record<string, number>>;
  /** Some of the requests, to look up in the logs. */
  readonly requestIds?: readonly string[];
}

/** An alert as it is stored. */
export interface Alert {
  readonly id: string;
  /** `null` is the platform's own. */
  readonly tenantId: TenantId | null;
  readonly rule: string;
  readonly severity: AlertSeverity;
  readonly subject: string;
  readonly evidence: AlertEvidence;
  readonly at: Date;
  /** How often it was found again while it cooled down. */
  readonly times: number;
  readonly lastAt: Date;
  readonly raisedAt: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
}

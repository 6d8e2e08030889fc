import { runInTenant, type TenantId, tenantContext } from '../context/index.js';
import {
  ACKNOWLEDGE_ALERT_STATEMENT,
  ALERTS_AFTER_STATEMENT,
  acknowledgeSubject,
  READ_ALERTS_STATEMENT,
  SETTLE_ALERT_STATEMENT,
  TAKE_ALERTS_STATEMENT,
} from '../sql/index.js';
import type { AlertSeverity } from './access-rule.js';
import { type Alert, type AlertEvidence, PLATFORM } from './alert.js';
import type { ProvingPool } from './postgres-access-store.js';

/** A place in the list of alerts. */
export interface AlertPosition {
  readonly raisedAt: Date;
  readonly id: string;
}

/** An alert that this node is to deliver now. */
export interface TakenAlert extends Alert {
  /** Which attempt this is; the first is 1. */
  readonly attempt: number;
}

interface AlertRow {
  readonly id: string;
  readonly tenant: TenantId | null;
  readonly rule: string;
  readonly severity: AlertSeverity;
  readonly subject: string;
  readonly evidence: AlertEvidence;
  readonly at: Date;
  readonly times: number;
  readonly last_at: Date;
  readonly raised_at: Date;
  readonly acknowledged_at: Date | null;
  readonly acknowledged_by: string | null;
}

/**
 * The stored alerts: each tenant reads and acknowledges its own, the {@link PLATFORM} all of them. Every
 * call says for whom; the database decides what that one may see.
 *
 * @example
 * const latest = await book.page(tenantId, undefined, 20);
 */
export class AlertBook {
  readonly #pool: ProvingPool;

  constructor(pool: ProvingPool) {
    this.#pool = pool;
  }

  /** Alerts before a place, the newest first. */
  async page(owner: TenantId, before: AlertPosition | undefined, most: number): Promise<Alert[]> {
    const values = [before?.raisedAt.toISOString() ?? null, before?.id ?? null, most];
    const rows = await this.#ask<AlertRow>(owner, READ_ALERTS_STATEMENT, values);
    return rows.map(toAlert);
  }

  /** Alerts behind one, the oldest first; all of them without one, none behind one that is unknown. */
  async after(owner: TenantId, lastId: string | undefined, most: number): Promise<Alert[]> {
    const rows = await this.#ask<AlertRow>(owner, ALERTS_AFTER_STATEMENT, [lastId ?? null, most]);
    return rows.map(toAlert);
  }

  /**
   * Notes who has seen an alert; the first one stays.
   *
   * @param by for example `user:<id>`
   * @returns `false` when the owner has no such alert.
   */
  async acknowledge(owner: TenantId, id: string, by: string): Promise<boolean> {
    const proof = this.#pool.prove(acknowledgeSubject(owner, id, by));
    const rows = await this.#ask<{ known: boolean }>(owner, ACKNOWLEDGE_ALERT_STATEMENT, [
      id,
      by,
      proof,
    ]);
    return rows[0]?.known === true;
  }

  /** Takes alerts that are due, each for this node alone until the lease is over. */
  async take(most: number, leaseSeconds: number): Promise<TakenAlert[]> {
    const rows = await this.#ask<AlertRow & { attempts: number }>(PLATFORM, TAKE_ALERTS_STATEMENT, [
      most,
      leaseSeconds,
    ]);
    return rows.map((row) => ({ ...toAlert(row), attempt: row.attempts }));
  }

  /**
   * How an attempt to deliver has ended. What another node has taken meanwhile is left alone.
   *
   * @param pauseSeconds until the next attempt; none means that there is no other
   * @param code `delivered`, or a word or status that says why not
   */
  async settle(
    { id, attempt }: Pick<TakenAlert, 'id' | 'attempt'>,
    code: string,
    pauseSeconds?: number,
  ): Promise<void> {
    await this.#ask(PLATFORM, SETTLE_ALERT_STATEMENT, [id, attempt, pauseSeconds ?? null, code]);
  }

  #ask<R extends object>(owner: TenantId, text: string, values: unknown[]): Promise<R[]> {
    const context = tenantContext(owner, { kind: 'system', reason: 'alerts' });
    const ask = async (): Promise<R[]> => (await this.#pool.query<R>(text, values)).rows;
    return runInTenant(context, ask, { nested: 'separate' });
  }
}

function toAlert(row: AlertRow): Alert {
  return {
    id: row.id,
    tenantId: row.tenant,
    rule: row.rule,
    severity: row.severity,
    subject: row.subject,
    evidence: row.evidence,
    at: row.at,
    times: row.times,
    lastAt: row.last_at,
    raisedAt: row.raised_at,
    acknowledgedAt: row.acknowledged_at,
    acknowledgedBy: row.acknowledged_by,
  };
}

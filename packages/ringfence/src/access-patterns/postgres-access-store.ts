import { runInTenant, type TenantId, tenantContext } from '../context/index.js';
import {
  alertSubject,
  COUNT_ACCESS_STATEMENT,
  countSubject,
  type Queryable,
  RAISE_ALERT_STATEMENT,
} from '../sql/index.js';
import type { AccessStore, AccessTotal } from './access-store.js';

/** What the store needs of a `TenantPool`: it is bound to each tenant in turn, and signs what it writes. */
export interface ProvingPool extends Queryable {
  prove(subject: string): string;
}

interface TotalRow {
  readonly place: number;
  readonly amount: string;
  readonly members: number;
  readonly known: number;
  readonly fresh: number;
  readonly highest: string;
  readonly days: number;
}

/**
 * Counters and alerts in the tables of `accessPatternsSql`: all nodes add to the same ones, and a restart
 * loses nothing but the seconds that were not sent yet.
 *
 * @example
 * new AccessPatterns({ store: postgresAccessStore(new TenantPool({ connectionString })) });
 */
export function postgresAccessStore(pool: ProvingPool): AccessStore {
  return {
    add: (owner, at, counts) =>
      inOwner(owner, async () => {
        const text = JSON.stringify({
          at: timestamp(at),
          counts: counts.map((count, place) => ({
            place,
            subject: count.subject,
            measure: count.measure,
            starts_at: timestamp(count.startsAt),
            amount: count.amount,
            expires_at: timestamp(count.expiresAt),
            base: count.base,
            day: timestamp(count.day),
            members: count.members,
          })),
        });
        const { rows } = await pool.query<TotalRow>(COUNT_ACCESS_STATEMENT, [
          text,
          pool.prove(countSubject(owner, text)),
        ]);
        const totals: AccessTotal[] = [];
        for (const { place, amount, highest, ...rest } of rows) {
          totals[place] = { ...rest, amount: Number(amount), highest: Number(highest) };
        }
        return totals;
      }),
    raise: (alert) =>
      inOwner(alert.owner, async () => {
        const text = JSON.stringify({
          id: alert.id,
          rule: alert.rule,
          severity: alert.severity,
          subject: alert.subject,
          at: timestamp(alert.at),
          cool_down: alert.coolDown,
          evidence: alert.evidence,
        });
        const { rows } = await pool.query<{ raised: boolean }>(RAISE_ALERT_STATEMENT, [
          text,
          pool.prove(alertSubject(alert.owner, text)),
        ]);
        return rows[0]?.raised === true;
      }),
  };
}

function inOwner<T>(owner: TenantId, fn: () => Promise<T>): Promise<T> {
  const context = tenantContext(owner, { kind: 'system', reason: 'access patterns' });
  return runInTenant(context, fn, { nested: 'separate' });
}

function timestamp(at: number): string {
  return new Date(at).toISOString();
}

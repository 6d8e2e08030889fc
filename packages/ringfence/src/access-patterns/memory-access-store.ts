import type { TenantId } from '../context/index.js';
import type { AccessCount, AccessStore, AccessTotal } from './access-store.js';
import type { NewAlert } from './alert.js';

const MOST_MEMBERS = 200;
const MOST_PER_HOUR = 20;
const MOST_COUNTERS = 2000;
const BASE_MS = 35 * 86_400_000;

interface Counter {
  amount: number;
  expiresAt: number;
  readonly members: Set<string>;
}

/** What is kept of one owner. */
interface Kept {
  readonly counters: Map<string, Counter>;
  /** Subject and measure → day → the highest window of that day. */
  readonly peaks: Map<string, Map<number, number>>;
}

/** A store that keeps everything in this process: for tests, and to try rules on recorded traffic. */
export interface MemoryAccessStore extends AccessStore {
  readonly alerts: readonly NewAlert[];
  /** Another store that knows the same and goes its own way from here on. */
  copy(): MemoryAccessStore;
}

interface Memory {
  readonly owners: Map<TenantId, Kept>;
  readonly alerts: NewAlert[];
  /** Owner, rule and subject → until when there is no second alert. */
  readonly cooling: Map<string, number>;
}

/**
 * Makes a {@link MemoryAccessStore}. What it counts is lost with the process, and other processes do not
 * see it.
 *
 * @example
 * const patterns = new AccessPatterns({ store: memoryAccessStore() });
 */
export function memoryAccessStore(): MemoryAccessStore {
  return storeOver({ owners: new Map(), alerts: [], cooling: new Map() });
}

function storeOver(memory: Memory): MemoryAccessStore {
  const { owners, alerts, cooling } = memory;
  return {
    alerts,
    copy: () => storeOver(structuredClone(memory)),
    async add(owner, at, counts) {
      const kept: Kept = owners.get(owner) ?? { counters: new Map(), peaks: new Map() };
      owners.set(owner, kept);
      const totals = counts.map((count) => addTo(kept, count));
      if (kept.counters.size > MOST_COUNTERS) {
        for (const [key, { expiresAt }] of kept.counters) {
          if (expiresAt < at) kept.counters.delete(key);
        }
      }
      return totals;
    },
    async raise(alert) {
      const key = `${alert.owner} ${alert.rule} ${alert.subject}`;
      if ((cooling.get(key) ?? 0) > alert.at) return false;
      const lately = alerts.filter(
        ({ owner, rule, at }) =>
          owner === alert.owner && rule === alert.rule && at > alert.at - 3_600_000,
      );
      if (lately.length >= MOST_PER_HOUR) return false;
      cooling.set(key, alert.at + alert.coolDown * 1000);
      alerts.push(alert);
      return true;
    },
  };
}

function addTo({ counters, peaks }: Kept, count: AccessCount): AccessTotal {
  const { subject, measure, startsAt, amount, expiresAt, base, day } = count;
  const key = `${measure} ${startsAt} ${subject}`;
  const counter = counters.get(key) ?? { amount: 0, expiresAt, members: new Set<string>() };
  counters.set(key, counter);
  const known = counter.members.size;
  const fresh = count.members.filter((each) => !each.startsWith('-') && !counter.members.has(each));
  counter.amount += amount;
  counter.expiresAt = Math.max(counter.expiresAt, expiresAt);
  for (const member of count.members) {
    if (member.startsWith('-')) counter.members.delete(member.slice(1));
    else if (counter.members.size < MOST_MEMBERS) counter.members.add(member);
  }
  const baseline =
    base === undefined
      ? NOTHING_BEFORE
      : baselineOf(peaks, `${base} ${subject}`, day, counter.amount);
  return {
    amount: counter.amount,
    members: counter.members.size,
    known,
    fresh: fresh.length,
    ...baseline,
  };
}

const NOTHING_BEFORE = { highest: 0, days: 0 };

function baselineOf(
  peaks: Kept['peaks'],
  key: string,
  today: number,
  amount: number,
): Pick<AccessTotal, 'highest' | 'days'> {
  const byDay = peaks.get(key) ?? new Map<number, number>();
  peaks.set(key, byDay);
  byDay.set(today, Math.max(byDay.get(today) ?? 0, amount));
  let [highest, days] = [0, 0];
  for (const [day, peak] of byDay) {
    if (day < today - BASE_MS) byDay.delete(day);
    else if (day < today) {
      days += 1;
      highest = Math.max(highest, peak);
    }
  }
  return { highest, days };
}

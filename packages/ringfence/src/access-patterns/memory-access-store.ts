import type { AccessCount, AccessStore, AccessTotal } from './access-store.js';
import type { NewAlert } from './alert.js';

const MOST_MEMBERS = 200;
const MOST_PER_HOUR = 20;
const BASE_MS = 35 * 86_400_000;

interface Counter {
  amount: number;
  expiresAt: number;
  readonly members: Set<string>;
}

/** A store that keeps everything in this process: for tests, and to try rules on recorded traffic. */
export interface MemoryAccessStore extends AccessStore {
  readonly alerts: readonly NewAlert[];
}

/**
 * Makes a {@link MemoryAccessStore}. What it counts is lost with the process, and other processes do not
 * see it.
 *
 * @example
 * const patterns = new AccessPatterns({ store: memoryAccessStore() });
 */
export function memoryAccessStore(): MemoryAccessStore {
  const counters = new Map<string, Map<string, Counter>>();
  const alerts: NewAlert[] = [];
  /** Owner, rule and subject → until when there is no second alert. */
  const cooling = new Map<string, number>();
  return {
    alerts,
    async add(owner, at, counts) {
      const own = counters.get(owner) ?? new Map<string, Counter>();
      counters.set(owner, own);
      const totals = counts.map((count) => addTo(own, count));
      if (own.size > 1000) {
        for (const [key, { expiresAt }] of own) if (expiresAt < at) own.delete(key);
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

function addTo(counters: Map<string, Counter>, count: AccessCount): AccessTotal {
  const { subject, measure, startsAt, amount, expiresAt, base, day } = count;
  const counter = counterAt(counters, [subject, measure, startsAt], expiresAt);
  const known = counter.members.size;
  const fresh = count.members.filter((each) => !each.startsWith('-') && !counter.members.has(each));
  counter.amount += amount;
  for (const member of count.members) {
    if (member.startsWith('-')) counter.members.delete(member.slice(1));
    else if (counter.members.size < MOST_MEMBERS) counter.members.add(member);
  }
  let highest = 0;
  let days = 0;
  if (base !== undefined) {
    const peak = counterAt(counters, [subject, base, day], day + BASE_MS);
    peak.amount = Math.max(peak.amount, counter.amount);
    for (let before = day - BASE_MS; before < day; before += 86_400_000) {
      const earlier = counters.get(keyOf([subject, base, before]));
      if (!earlier) continue;
      days += 1;
      highest = Math.max(highest, earlier.amount);
    }
  }
  return {
    amount: counter.amount,
    members: counter.members.size,
    known,
    fresh: fresh.length,
    highest,
    days,
  };
}

type CounterName = readonly [subject: string, measure: string, startsAt: number];

function keyOf([subject, measure, startsAt]: CounterName): string {
  return `${measure} ${startsAt} ${subject}`;
}

function counterAt(counters: Map<string, Counter>, name: CounterName, expiresAt: number): Counter {
  const key = keyOf(name);
  const known = counters.get(key);
  if (known) {
    known.expiresAt = Math.max(known.expiresAt, expiresAt);
    return known;
  }
  const counter = { amount: 0, expiresAt, members: new Set<string>() };
  counters.set(key, counter);
  return counter;
}

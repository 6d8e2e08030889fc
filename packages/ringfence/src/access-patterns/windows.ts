import type { AccessRule } from './access-rule.js';
import type { AccessSignal } from './access-signal.js';

const HOUR = 3600;
const DAY_MS = 86_400_000;
/** How long after its end a window is kept, for events that are counted late. */
const KEPT_MS = 3_600_000;
/** A network that was not seen for so long is a new one again. */
const SEEN_MS = 90 * DAY_MS;
/** Counted for every actor, whether or not a rule asks: what a tenant can read about itself. */
const PROFILE: readonly AccessSignal[] = ['reads', 'writes', 'refused', 'rows'];
/** How long the hours of a profile are kept. */
const PROFILE_MS = 2 * DAY_MS;

/** A counter that an event of a signal adds to, and the rules that look at it afterwards. */
export interface WatchedWindow {
  readonly signal: AccessSignal;
  readonly per: AccessRule['per'];
  /** Seconds; 0 has no end. */
  readonly window: number;
  readonly measure: string;
  /** The measure of the highest window of each day. */
  readonly base?: string;
  readonly rules: readonly AccessRule[];
}

/** The counters that the rules look at, and those of every actor's profile, by signal. */
export function watchedWindows(
  rules: readonly AccessRule[],
): ReadonlyMap<AccessSignal, readonly WatchedWindow[]> {
  const grouped = new Map<string, AccessRule[]>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.signal, rule.per, rule.window]);
    grouped.set(key, [...(grouped.get(key) ?? []), rule]);
  }
  for (const signal of PROFILE) {
    const key = JSON.stringify([signal, 'actor', HOUR]);
    if (!grouped.has(key)) grouped.set(key, []);
  }
  const bySignal = new Map<AccessSignal, WatchedWindow[]>();
  for (const [key, own] of grouped) {
    const [signal, per, window] = JSON.parse(key) as [AccessSignal, AccessRule['per'], number];
    const base = own.some(({ baseline }) => baseline) ? { base: `${signal}/peak` } : {};
    const watched = { signal, per, window, measure: `${signal}/${window}`, ...base, rules: own };
    bySignal.set(signal, [...(bySignal.get(signal) ?? []), watched]);
  }
  return bySignal;
}

/** When the window that holds a moment began, and when its counter may be forgotten. */
export function windowAt(
  { window, signal, per }: WatchedWindow,
  at: number,
): { startsAt: number; expiresAt: number } {
  if (window === 0) return { startsAt: 0, expiresAt: startOfDay(at) + SEEN_MS };
  const length = window * 1000;
  const startsAt = at - (at % length);
  const profile = per === 'actor' && window === HOUR && PROFILE.includes(signal);
  return { startsAt, expiresAt: startsAt + length + (profile ? PROFILE_MS : KEPT_MS) };
}

/** Midnight before, in UTC. */
export function startOfDay(at: number): number {
  return at - (at % DAY_MS);
}

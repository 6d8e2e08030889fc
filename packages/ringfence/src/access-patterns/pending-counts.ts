import type { ErrorCode } from '../errors/index.js';
import type { AccessEvent } from './access-event.js';
import type { AccessCount } from './access-store.js';
import { startOfDay, type WatchedWindow, windowAt } from './windows.js';

/** What was counted on one counter since it was sent last. */
export interface PendingCount {
  readonly watched: WatchedWindow;
  readonly subject: string;
  readonly startsAt: number;
  readonly day: number;
  expiresAt: number;
  lastAt: number;
  amount: number;
  /** Member → does it count? */
  readonly members: Map<string, boolean>;
  readonly codes: Map<ErrorCode, number>;
  readonly requestIds: string[];
}

/** As many of a counter's members as are kept anywhere. */
const MOST_MEMBERS = 200;
const MOST_REQUEST_IDS = 3;

/**
 * What one owner's counters have to be given: bounded, whatever one owner does. Subjects beyond the bound
 * are counted together as `others`; counters beyond it (the store is away for long) are not counted.
 */
export class PendingCounts {
  readonly #counts = new Map<string, PendingCount>();
  readonly #subjects = new Set<string>();
  readonly #most: { readonly subjects: number; readonly counters: number };
  /** When the first of them came. */
  since = Number.POSITIVE_INFINITY;
  /** There is something that must not wait. */
  urgent = false;
  dropped = 0;

  constructor(most: { readonly subjects: number; readonly counters: number }) {
    this.#most = most;
  }

  get size(): number {
    return this.#counts.size;
  }

  values(): PendingCount[] {
    return [...this.#counts.values()];
  }

  /** Counts one signal of an event. */
  count(
    watched: WatchedWindow,
    subject: string,
    event: Pick<AccessEvent, 'at' | 'code' | 'requestId'>,
    amount: number,
    member: string | undefined,
  ): void {
    const { at, code, requestId } = event;
    const pending = this.#at(watched, this.#bounded(subject), at);
    if (!pending) return;
    this.since = Math.min(this.since, at);
    pending.lastAt = Math.max(pending.lastAt, at);
    pending.amount += amount;
    if (member !== undefined) addMember(pending.members, member);
    if (code === undefined) return;
    this.urgent = true;
    pending.codes.set(code, (pending.codes.get(code) ?? 0) + 1);
    if (requestId === undefined) return;
    pending.requestIds.push(requestId);
    if (pending.requestIds.length > MOST_REQUEST_IDS) pending.requestIds.shift();
  }

  /** Takes back what could not be sent, as far as there is room. */
  takeBack(others: PendingCounts): void {
    for (const other of others.values()) {
      const own = this.#at(other.watched, this.#bounded(other.subject), other.lastAt);
      if (!own) continue;
      own.amount += other.amount;
      own.expiresAt = Math.max(own.expiresAt, other.expiresAt);
      // What came later is what counts.
      for (const [member, counts] of other.members) {
        if (!own.members.has(member)) addMember(own.members, counts ? member : `-${member}`);
      }
      for (const [code, times] of other.codes) {
        own.codes.set(code, (own.codes.get(code) ?? 0) + times);
      }
    }
    this.since = Math.min(this.since, others.since);
    this.urgent ||= others.urgent;
    this.dropped += others.dropped;
  }

  #bounded(subject: string): string {
    if (this.#subjects.has(subject)) return subject;
    if (this.#subjects.size >= this.#most.subjects) return 'others';
    this.#subjects.add(subject);
    return subject;
  }

  #at(watched: WatchedWindow, subject: string, at: number): PendingCount | undefined {
    const { startsAt, expiresAt } = windowAt(watched, at);
    // A subject holds what came over the network: nothing in it can make another key.
    const key = `${watched.measure} ${watched.per} ${startsAt} ${subject}`;
    const known = this.#counts.get(key);
    if (known) return known;
    if (this.#counts.size >= this.#most.counters) {
      this.dropped += 1;
      return undefined;
    }
    const pending = {
      watched,
      subject,
      startsAt,
      expiresAt,
      day: startOfDay(at),
      lastAt: at,
      amount: 0,
      members: new Map<string, boolean>(),
      codes: new Map<ErrorCode, number>(),
      requestIds: [],
    };
    this.#counts.set(key, pending);
    return pending;
  }
}

/** As a store is given it. */
export function asCount(pending: PendingCount): AccessCount {
  const { subject, startsAt, amount, members, expiresAt, day, watched } = pending;
  return {
    subject,
    measure: watched.measure,
    startsAt,
    amount,
    members: [...members].map(([member, counts]) => (counts ? member : `-${member}`)),
    expiresAt,
    ...(watched.base !== undefined && { base: watched.base }),
    day,
  };
}

function addMember(members: Map<string, boolean>, member: string): void {
  const out = member.startsWith('-');
  const name = out ? member.slice(1) : member;
  if (members.has(name) || members.size < MOST_MEMBERS) members.set(name, !out);
}

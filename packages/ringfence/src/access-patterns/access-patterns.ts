import type { TenantId } from '../context/index.js';
import type { AccessEvent } from './access-event.js';
import type { AccessRule } from './access-rule.js';
import { type AccessSignal, signalsOf } from './access-signal.js';
import type { AccessStore } from './access-store.js';
import { type NewAlert, PLATFORM } from './alert.js';
import { DEFAULT_RULES } from './default-rules.js';
import { evaluateRules } from './evaluate-rules.js';
import { asCount, PendingCounts } from './pending-counts.js';
import { type WatchedWindow, watchedWindows } from './windows.js';

/** What an {@link AccessPatterns} is made with. */
export interface AccessPatternsOptions {
  readonly store: AccessStore;
  /** Default {@link DEFAULT_RULES}. */
  readonly rules?: readonly AccessRule[];
  /** Told of every alert that this node has raised. */
  readonly onAlert?: (alert: NewAlert) => void;
  /** Told when counts could not be stored; they are kept and sent again, as far as there is room. */
  readonly onFailure?: (error: unknown) => void;
  /** How long what is not urgent may wait, in milliseconds; default 30,000. Refusals never wait. */
  readonly patienceMs?: number;
  readonly limits?: Partial<AccessPatternsLimits>;
}

/** How much of a node's memory may be used between two flushes. */
export interface AccessPatternsLimits {
  /** Tenants; those beyond are not counted until the next flush. Default 5000. */
  readonly owners: number;
  /** Actors of one tenant; those beyond are counted together. Default 500. */
  readonly subjects: number;
  /** Networks of strangers; those beyond are counted together. Default 200. */
  readonly networks: number;
  /** Counters of one tenant. Default 5000. */
  readonly counters: number;
}

const LIMITS: AccessPatternsLimits = {
  owners: 5000,
  subjects: 500,
  networks: 200,
  counters: 5000,
};
/** Tenants whose counts are sent at the same time. */
const CONCURRENCY = 2;
const MOST_UNRAISED = 1000;
const MOST_REMEMBERED = 10_000;

/**
 * Counts how tenants are accessed and raises alerts by rules. Counting is in memory and takes a few
 * microseconds; a flush adds what was counted to the store, which answers with the sums of all nodes, and
 * the rules look at those. Whatever one tenant or stranger does, the memory that it takes is bounded, and
 * nobody's counts are pushed out by anybody else's.
 *
 * @example
 * const patterns = new AccessPatterns({ store: postgresAccessStore(pool) });
 * patterns.observe({ at: Date.now(), kind: 'read', tenantId, actor, code: 'NOT_FOUND', target });
 * await patterns.flush(Date.now());
 */
export class AccessPatterns {
  readonly #options: AccessPatternsOptions;
  readonly #limits: AccessPatternsLimits;
  readonly #windows: ReadonlyMap<AccessSignal, readonly WatchedWindow[]>;
  readonly #pending = new Map<TenantId, PendingCounts>();
  /** Found, and not stored because the store was away. */
  #unraised: NewAlert[] = [];
  /** Owner, rule and subject → until when there is no second alert: spares the store the question. */
  readonly #cooling = new Map<string, number>();
  #flushing: Promise<unknown> = Promise.resolve();
  #dropped = 0;

  constructor(options: AccessPatternsOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#windows = watchedWindows(options.rules ?? DEFAULT_RULES);
  }

  /** What was not counted, because there was no room, since the start. */
  get dropped(): number {
    let dropped = this.#dropped;
    for (const pending of this.#pending.values()) dropped += pending.dropped;
    return dropped;
  }

  /** Counts an event. Never throws and never waits. */
  observe(event: AccessEvent): void {
    for (const { signal, amount, member } of signalsOf(event)) {
      for (const watched of this.#windows.get(signal) ?? []) {
        const place = placeOf(watched, event);
        if (!place) continue;
        const pending = this.#pendingOf(place.owner);
        if (pending) pending.count(watched, place.subject, event, amount, member);
        else this.#dropped += 1;
      }
    }
  }

  /**
   * Sends what was counted, and raises what follows from it. One at a time; a second call waits.
   *
   * @param now milliseconds since 1970
   * @param everything also what could still wait: at the end of the process
   * @returns the alerts that were new
   */
  flush(now: number, everything = false): Promise<readonly NewAlert[]> {
    const flushed = this.#flushing.then(() => this.#flush(now, everything));
    this.#flushing = flushed.catch(() => undefined);
    return flushed;
  }

  async #flush(now: number, everything: boolean): Promise<readonly NewAlert[]> {
    const { patienceMs = 30_000 } = this.#options;
    const due = [...this.#pending].filter(
      ([, { since, urgent }]) => everything || urgent || now - since >= patienceMs,
    );
    for (const [owner] of due) this.#pending.delete(owner);
    const waiting = due.values();
    const found: NewAlert[] = [...this.#unraised];
    this.#unraised = [];
    const work = async (): Promise<void> => {
      for (const [owner, pending] of waiting)
        found.push(...(await this.#send(owner, now, pending)));
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    return this.#raise(found);
  }

  async #send(owner: TenantId, now: number, pending: PendingCounts): Promise<NewAlert[]> {
    const counts = pending.values();
    try {
      const totals = await this.#options.store.add(owner, now, counts.map(asCount));
      this.#dropped += pending.dropped;
      return counts.flatMap((count, place) => {
        const total = totals[place];
        return total ? evaluateRules(owner, count, total) : [];
      });
    } catch (error) {
      this.#options.onFailure?.(error);
      const now = this.#pendingOf(owner);
      if (now) now.takeBack(pending);
      else this.#dropped += counts.length;
      return [];
    }
  }

  async #raise(found: readonly NewAlert[]): Promise<NewAlert[]> {
    const raised: NewAlert[] = [];
    for (const alert of found) {
      const key = `${alert.owner} ${alert.rule} ${alert.subject}`;
      if ((this.#cooling.get(key) ?? 0) > alert.at) continue;
      try {
        const fresh = await this.#options.store.raise(alert);
        if (this.#cooling.size >= MOST_REMEMBERED) this.#cooling.clear();
        this.#cooling.set(key, alert.at + alert.coolDown * 1000);
        if (!fresh) continue;
        raised.push(alert);
        this.#options.onAlert?.(alert);
      } catch (error) {
        this.#options.onFailure?.(error);
        if (this.#unraised.length < MOST_UNRAISED) this.#unraised.push(alert);
      }
    }
    return raised;
  }

  #pendingOf(owner: TenantId): PendingCounts | undefined {
    const known = this.#pending.get(owner);
    if (known) return known;
    const { owners, subjects, networks, counters } = this.#limits;
    // Strangers have a place of their own, whatever tenants do.
    if (owner !== PLATFORM && this.#pending.size >= owners) return undefined;
    const pending = new PendingCounts({
      subjects: owner === PLATFORM ? networks : subjects,
      counters,
    });
    this.#pending.set(owner, pending);
    return pending;
  }
}

/** Whose counter an event belongs to; `undefined` when it says nothing about such a one. */
function placeOf(
  { per }: WatchedWindow,
  { tenantId, actor, network }: AccessEvent,
): { owner: TenantId; subject: string } | undefined {
  switch (per) {
    case 'actor':
      if (tenantId === undefined || !actor) return undefined;
      return { owner: tenantId, subject: `${actor.kind}:${actor.id}` };
    case 'tenant':
      return tenantId === undefined ? undefined : { owner: tenantId, subject: 'tenant' };
    case 'network':
      if (tenantId !== undefined || network === undefined) return undefined;
      return { owner: PLATFORM, subject: `network:${network}` };
    case 'everybody':
      return tenantId === undefined ? { owner: PLATFORM, subject: 'everybody' } : undefined;
  }
}

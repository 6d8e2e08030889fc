import type { WorkTracing } from 'ringfence/telemetry';
import type { Mail } from './mailer.js';

/** A mail that waits, for its turn or for its next attempt. */
export interface WaitingMail {
  readonly mail: Mail;
  attempt: number;
  /** Runs an attempt in the trace of what caused the mail. */
  readonly trace?: ReturnType<WorkTracing['follow']>;
}

/**
 * The mails that wait, by tenant: turns go round the tenants, and who has the most makes room. Mails that
 * name no tenant are one more.
 */
export class MailsByTenant {
  /** In the order of turns: who had one goes to the end. */
  readonly #ready = new Map<string, WaitingMail[]>();
  readonly #pauses = new Map<WaitingMail, NodeJS.Timeout>();
  readonly #held = new Map<string, number>();
  #size = 0;

  /** How many wait, those between two attempts included. */
  get size(): number {
    return this.#size;
  }

  /** Puts a mail at the end of its tenant's line. */
  push(waiting: WaitingMail): void {
    this.#count(waiting, 1);
    this.#line(waiting);
  }

  /** Lets a mail wait for its next attempt, and calls `due` when it has its turn again. */
  pause(waiting: WaitingMail, milliseconds: number, due: () => void): void {
    this.#count(waiting, 1);
    const timer = setTimeout(() => {
      this.#pauses.delete(waiting);
      this.#line(waiting);
      due();
    }, milliseconds);
    timer.unref();
    this.#pauses.set(waiting, timer);
  }

  /** Ends every pause: all are ready. */
  resume(): void {
    for (const [waiting, timer] of this.#pauses) {
      clearTimeout(timer);
      this.#line(waiting);
    }
    this.#pauses.clear();
  }

  /** Takes the mail whose turn it is. */
  shift(): WaitingMail | undefined {
    const [turn] = this.#ready;
    if (!turn) return undefined;
    const [tenant, line] = turn;
    const waiting = line.shift();
    this.#ready.delete(tenant);
    if (line.length > 0) this.#ready.set(tenant, line);
    if (waiting) this.#count(waiting, -1);
    return waiting;
  }

  /**
   * Takes out the newest mail of the tenant that has the most.
   *
   * @returns nothing when the one who asks for room has as many as anybody: then theirs is dropped.
   */
  makeRoomFor(mail: Mail): Mail | undefined {
    let [most, count] = [tenantOf(mail), this.#held.get(tenantOf(mail)) ?? 0];
    const own = most;
    for (const [tenant, held] of this.#held) if (held > count) [most, count] = [tenant, held];
    if (most === own) return undefined;
    const dropped = this.#ready.get(most)?.pop() ?? this.#newestPaused(most);
    if (this.#ready.get(most)?.length === 0) this.#ready.delete(most);
    if (dropped) this.#count(dropped, -1);
    return dropped?.mail;
  }

  #newestPaused(tenant: string): WaitingMail | undefined {
    const paused = [...this.#pauses.keys()].filter(({ mail }) => tenantOf(mail) === tenant).at(-1);
    if (paused) clearTimeout(this.#pauses.get(paused));
    if (paused) this.#pauses.delete(paused);
    return paused;
  }

  #line(waiting: WaitingMail): void {
    const tenant = tenantOf(waiting.mail);
    const line = this.#ready.get(tenant);
    if (line) line.push(waiting);
    else this.#ready.set(tenant, [waiting]);
  }

  #count({ mail }: WaitingMail, change: 1 | -1): void {
    const tenant = tenantOf(mail);
    const held = (this.#held.get(tenant) ?? 0) + change;
    if (held === 0) this.#held.delete(tenant);
    else this.#held.set(tenant, held);
    this.#size += change;
  }
}

function tenantOf({ about }: Mail): string {
  return about?.tenantId ?? '';
}

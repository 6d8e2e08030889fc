import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventLogger, WorkTracing } from 'ringfence/telemetry';
import { type Mail, type Mailer, MailNotTaken } from './mailer.js';
import { MailsByTenant, type WaitingMail } from './mails-by-tenant.js';

/** How a {@link MailQueue} delivers. */
export interface MailQueueOptions {
  readonly transport: Mailer;
  readonly logger: EventLogger;
  /** Records deliveries in the trace of what caused them. */
  readonly tracing?: WorkTracing;
  /** How many mails may wait, those between two attempts included. Default 1000. */
  readonly waiting?: number;
  /** How many are handed to the transport at a time. Default 4. */
  readonly running?: number;
  /** The pauses before the second, third, … attempt, in milliseconds. */
  readonly pausesMs?: readonly number[];
}

const PAUSES_MS = [2_000, 15_000, 60_000, 300_000, 900_000] as const;

/**
 * Takes mails over at once and delivers them one after the other, behind the answer that caused them.
 * A mail that is not taken is tried again, a bounded number of times; one that is refused for good is
 * not. Tenants take turns, and when there is no room the one with the most waiting loses a mail: none
 * can drop or hold up those of another. In memory only: a mail may hold a secret of which the database keeps nothing but the hash. What
 * a stop leaves behind is counted in the log, and its receiver asks for another.
 */
export class MailQueue implements Mailer {
  readonly #options: Required<Omit<MailQueueOptions, 'tracing'>>;
  readonly #tracing: WorkTracing | undefined;
  /** A mail is nobody's request: its lines must not say that of whoever happened to be there. */
  readonly #outside = AsyncLocalStorage.snapshot();
  readonly #waiting = new MailsByTenant();
  readonly #idle = new Set<() => void>();
  #running = 0;
  #stopping = false;

  constructor(options: MailQueueOptions) {
    const { tracing, ...rest } = options;
    this.#tracing = tracing;
    this.#options = { waiting: 1000, running: 4, pausesMs: PAUSES_MS, ...rest };
  }

  /** Never fails: a mail for which there is no room is logged, and its receiver asks for another. */
  async send(mail: Mail): Promise<void> {
    if (this.#stopping) return this.#drop(mail);
    if (this.#waiting.size >= this.#options.waiting) {
      const dropped = this.#waiting.makeRoomFor(mail);
      this.#drop(dropped ?? mail);
      if (!dropped) return;
    }
    const trace = this.#tracing?.follow('mail');
    this.#waiting.push({ mail, attempt: 1, ...(trace && { trace }) });
    this.#next();
  }

  /** Resolves when nothing is waiting or under way: mails between two attempts included. */
  async settled(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /**
   * Delivers what is waiting, each once more at the most, and gives up after `patienceMs`.
   *
   * @returns how many mails were left behind.
   */
  async stop(patienceMs: number): Promise<number> {
    this.#stopping = true;
    this.#waiting.resume();
    this.#next();
    let patience: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, patienceMs);
    });
    await Promise.race([this.settled(), tooLong]);
    clearTimeout(patience);
    const left = this.#waiting.size + this.#running;
    while (this.#waiting.shift());
    if (left > 0) {
      this.#options.logger.error({ event: 'mails_left_behind', left }, 'Mails were left behind.');
    }
    return left;
  }

  #drop({ about }: Mail): void {
    const line = { event: 'mail_dropped', ...about };
    this.#outside(() => this.#options.logger.error(line, 'A mail was dropped.'));
  }

  #next(): void {
    while (this.#running < this.#options.running) {
      const waiting = this.#waiting.shift();
      if (!waiting) break;
      this.#running += 1;
      const deliver = (): Promise<void> => this.#deliver(waiting);
      void this.#outside(() => (waiting.trace ? waiting.trace(deliver) : deliver())).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
    if (!this.#isIdle()) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  async #deliver(waiting: WaitingMail): Promise<void> {
    const { mail, attempt } = waiting;
    const { transport, logger, pausesMs } = this.#options;
    try {
      await transport.send(mail);
      logger.info({ event: 'mail_sent', ...mail.about, attempt }, 'A mail was sent.');
    } catch (error) {
      const known = error instanceof MailNotTaken ? error : undefined;
      const pause = known?.permanent || this.#stopping ? undefined : pausesMs[attempt - 1];
      const line = { ...mail.about, attempt, reason: known?.reason ?? 'unknown' };
      if (pause === undefined) {
        logger.error({ event: 'mail_given_up', ...line }, 'A mail could not be sent.');
        return;
      }
      logger.warn({ event: 'mail_postponed', ...line }, 'A mail is sent later.');
      waiting.attempt += 1;
      this.#waiting.pause(waiting, pause, () => this.#next());
    }
  }

  #isIdle(): boolean {
    return this.#waiting.size === 0 && this.#running === 0;
  }
}

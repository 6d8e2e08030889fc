import type { Mail, Mailer } from './mailer.js';

/** A mail in the outbox. */
export interface KeptMail extends Mail {
  readonly sentAt: Date;
}

const KEPT = 50;

/** Sends nothing: keeps the last mails of this process for the development page `/dev/outbox`. */
export class OutboxMailer implements Mailer {
  readonly #kept: KeptMail[] = [];

  async send(mail: Mail): Promise<void> {
    this.#kept.unshift({ ...mail, sentAt: new Date() });
    this.#kept.length = Math.min(this.#kept.length, KEPT);
  }

  /** The newest first. */
  get mails(): readonly KeptMail[] {
    return this.#kept;
  }
}

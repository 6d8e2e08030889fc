import type { LogFields } from 'ringfence/telemetry';

/** One mail to one person, as text and as HTML. */
export interface Mail {
  /** One address and nothing else: no name, no list. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Names and ids for the log, which never holds an address or a text: what kind of mail, for whom. */
  readonly about?: LogFields;
}

/**
 * Takes mails. What {@link MAILER} injects takes one over at once and delivers it later, so that no
 * answer waits for a mail server and none tells by its duration whether a mail was sent. Call it after
 * the transaction has committed.
 *
 * @example
 * await mailer.send({ to: user.email, ...letter({ subject: 'Hello', … }) });
 */
export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** Injects the {@link Mailer}. */
export const MAILER = Symbol('MAILER');

/** A mail that was not taken. Its message holds no address and nothing that the other side said. */
export class MailNotTaken extends Error {
  /** Will it never be taken, however often it is tried? */
  readonly permanent: boolean;
  /** For the log: the code of the connection or of SMTP. */
  readonly reason: string;

  constructor({ permanent, reason }: { permanent: boolean; reason: string }, cause?: unknown) {
    super(`The mail server did not take the mail (${reason}).`, { cause });
    this.name = 'MailNotTaken';
    this.permanent = permanent;
    this.reason = reason;
  }
}

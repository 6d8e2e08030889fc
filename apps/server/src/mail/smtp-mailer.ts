import { createTransport } from 'nodemailer';
import { type Mail, type Mailer, MailNotTaken } from './mailer.js';

/** Where a {@link SmtpMailer} delivers, and as whom. */
export interface SmtpOptions {
  /** `smtp://user:password@host:587`, or `smtps://…` for TLS from the first byte. */
  readonly url: string;
  /**
   * `required` (default): without STARTTLS nothing is sent, or whoever stands between could take it
   * out of the offer and read along. `off`: never asked for; such a connection carries no password.
   */
  readonly tls?: 'required' | 'off';
  /** PEM of the authorities that may sign the server's certificate; default: those of Node. */
  readonly ca?: string;
  /** `Name <address>` or an address. */
  readonly from: string;
  /** How long the server may take to connect, to greet and to say the next word. Default 15 s. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 15_000;
const CONNECTIONS = 4;

/**
 * Delivers by SMTP over a few connections that are kept.
 *
 * @see RFC 5321 "Simple Mail Transfer Protocol"; RFC 3207 "SMTP over TLS"; RFC 3834, 5 "Auto-Submitted"
 * @example
 * const mailer = new SmtpMailer({ url: 'smtp://app:secret@mail.example.com:587', from: 'Shop <no-reply@example.com>' });
 */
export class SmtpMailer implements Mailer {
  readonly #transport;
  readonly #from: string;

  constructor({ url, tls = 'required', ca, from, patienceMs = PATIENCE_MS }: SmtpOptions) {
    const { protocol, hostname, port, username, password } = new URL(url);
    const secure = protocol === 'smtps:';
    this.#from = from;
    this.#transport = createTransport({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || (secure ? 465 : 587)),
      secure,
      requireTLS: !secure && tls === 'required',
      ignoreTLS: !secure && tls === 'off',
      ...(username && {
        auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
      }),
      tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
      pool: true,
      maxConnections: CONNECTIONS,
      connectionTimeout: patienceMs,
      greetingTimeout: patienceMs,
      socketTimeout: patienceMs,
      // A mail is what we wrote: nothing in it names a file or an address to be read.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  /**
   * Resolves when the server has taken the mail over.
   *
   * @throws MailNotTaken when it has not.
   */
  async send({ to, subject, text, html }: Mail): Promise<void> {
    try {
      await this.#transport.sendMail({
        from: this.#from,
        // An object is one address; a text would be read as a list.
        to: { name: '', address: to },
        subject,
        text,
        html,
        // Nobody's holiday reply, please.
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
    } catch (error) {
      throw notTaken(error);
    }
  }

  /** Closes the connections that stand idle; mails under way are finished. */
  close(): void {
    this.#transport.close();
  }
}

/** Codes of a log-in or of a connection: our own settings, or the network. Somebody may mend them. */
const MENDABLE = new Set(['EAUTH', 'ETLS', 'ECONNECTION', 'ETIMEDOUT', 'EDNS', 'ESOCKET']);

function notTaken(error: unknown): MailNotTaken {
  const { code = 'ENOTSENT', responseCode } = error as { code?: string; responseCode?: number };
  // RFC 5321, 4.2.1: 5yz says that repeating the same will not help.
  const permanent = (responseCode ?? 0) >= 500 && !MENDABLE.has(code);
  const reason = responseCode === undefined ? code : `${code} ${responseCode}`;
  return new MailNotTaken({ permanent, reason }, error);
}

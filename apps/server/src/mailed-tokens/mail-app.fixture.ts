import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AuthApp } from '../auth/auth-app.fixture.js';
import { BackgroundWork } from '../background/index.js';
import { MAILER } from '../mail/index.js';
import type { MailQueue } from '../mail/mail-queue.js';
import { type ReceivedMail, TestSmtpServer } from '../mail/smtp-server.fixture.js';

const LOGIN = { user: 'app', password: 'mail-hunter2' };

/** The server with a real mail server beside it, over STARTTLS and with a password. */
export class MailApp {
  private constructor(
    readonly auth: AuthApp,
    readonly smtp: TestSmtpServer,
    readonly folder: string,
  ) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<MailApp> {
    const smtp = await TestSmtpServer.start({ login: LOGIN });
    const folder = mkdtempSync(path.join(tmpdir(), 'ringfence-mail-'));
    const SMTP_CA_FILE = path.join(folder, 'ca.pem');
    writeFileSync(SMTP_CA_FILE, smtp.certificate.cert);
    const auth = await AuthApp.start({
      SMTP_URL: smtp.url(LOGIN),
      SMTP_CA_FILE,
      MAIL_FROM: 'Ringfence <no-reply@ringfence.test>',
      PUBLIC_URL: 'https://{tenant}.ringfence.test',
      ...settings,
    });
    return new MailApp(auth, smtp, folder);
  }

  async stop(): Promise<void> {
    await this.auth.stop();
    await this.smtp.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** Waits until nothing is done behind the answers any more, and every mail is out. */
  async quiet(): Promise<void> {
    await this.auth.app.get(BackgroundWork, { strict: false }).settled();
    await this.auth.app.get<MailQueue>(MAILER, { strict: false }).settled();
  }

  /** What an address has received so far, the oldest first; waits until all is quiet. */
  async mailsTo(email: string): Promise<readonly ReceivedMail[]> {
    await this.quiet();
    return this.smtp.received.filter(({ recipients }) => recipients.includes(email));
  }

  /** The newest mail to an address. */
  async lastMailTo(email: string): Promise<ReceivedMail> {
    const mail = (await this.mailsTo(email)).at(-1);
    if (!mail) throw new Error(`${email} has received nothing.`);
    return mail;
  }

  /** The token in the newest mail to an address. */
  async tokenFor(email: string): Promise<string> {
    return linkIn(await this.lastMailTo(email)).token;
  }
}

/** The link in a mail, taken apart. */
export function linkIn({ text = '' }: ReceivedMail): {
  readonly host: string;
  readonly kind: string;
  readonly token: string;
} {
  const [, host = '', kind = '', token = ''] =
    /https:\/\/([^/]+)\/account#([a-z-]+)=([\w.-]+)$/m.exec(text) ?? [];
  return { host, kind, token };
}

/** Ways to send a request to a tenant whose token is not in it. */
export function addressesOf(slug: string): readonly Record<string, string>[] {
  return [{ host: `${slug}.localhost` }, { 'x-tenant': slug }];
}

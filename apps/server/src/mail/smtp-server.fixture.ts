import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { type TestCertificate, testCertificate } from './certificate.fixture.js';

/** A mail as a real SMTP server received it. */
export interface ReceivedMail extends ParsedMail {
  /** Who it was for, by the envelope: what a Bcc would show. */
  readonly recipients: readonly string[];
  readonly raw: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

/** How the {@link TestSmtpServer} behaves. */
export interface SmtpBehaviour {
  readonly starttls?: boolean;
  readonly login?: { readonly user: string; readonly password: string };
  /** What it answers to the recipient; nothing when it accepts. Asked anew for each mail. */
  readonly refuse?: (
    attempt: number,
  ) => { readonly code: number; readonly text: string } | undefined;
  /** Cuts the connection in the middle of the mail instead of taking it. */
  readonly drop?: (attempt: number) => boolean;
}

/** A real SMTP server on the loopback, which keeps what it is given. */
export class TestSmtpServer {
  readonly received: ReceivedMail[] = [];
  readonly certificate: TestCertificate = testCertificate();
  readonly #server: SMTPServer;
  readonly #waiting = new Set<() => void>();
  attempts = 0;

  private constructor({ starttls = true, login, refuse, drop }: SmtpBehaviour) {
    this.#server = new SMTPServer({
      ...this.certificate,
      authOptional: login === undefined,
      disabledCommands: [
        ...(starttls ? [] : ['STARTTLS']),
        ...(login === undefined ? ['AUTH'] : []),
      ],
      logger: false,
      onAuth: ({ username, password }, _session, done) => {
        if (username === login?.user && password === login?.password) {
          return done(null, { user: username });
        }
        return done(new Error('no'));
      },
      onRcptTo: (_address, _session, done) => {
        this.attempts += 1;
        const no = refuse?.(this.attempts);
        done(no && Object.assign(new Error(no.text), { responseCode: no.code }));
      },
      onData: (stream, session, done) => {
        if (drop?.(this.attempts)) {
          stream.resume();
          return void this.#cut();
        }
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', async () => {
          const raw = Buffer.concat(chunks);
          this.received.push({
            ...(await simpleParser(raw)),
            recipients: session.envelope.rcptTo.map(({ address }) => address),
            raw: raw.toString(),
            secure: session.secure,
            user: session.user,
          });
          for (const wake of this.#waiting) wake();
          done();
        });
      },
    });
    this.#server.on('error', () => undefined);
  }

  static async start(behaviour: SmtpBehaviour = {}): Promise<TestSmtpServer> {
    const server = new TestSmtpServer(behaviour);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** `smtp://…` to this server, with a log-in when one is given. */
  url(login?: { readonly user: string; readonly password: string }): string {
    const who = login ? `${login.user}:${encodeURIComponent(login.password)}@` : '';
    return `smtp://${who}127.0.0.1:${this.port}`;
  }

  /** The first mail that fits, waited for if need be. */
  async mail(fits: (mail: ReceivedMail) => boolean): Promise<ReceivedMail> {
    for (;;) {
      const found = this.received.find(fits);
      if (found) return found;
      await new Promise<void>((wake) => this.#waiting.add(wake));
    }
  }

  async stop(): Promise<void> {
    this.#cut();
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }

  #cut(): void {
    for (const connection of this.#server.connections) {
      (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
    }
  }
}

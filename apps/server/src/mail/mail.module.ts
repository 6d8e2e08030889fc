import { readFileSync } from 'node:fs';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { RingfenceError } from 'ringfence/errors';
import { TENANCY_OPTIONS, type TenancyOptions } from 'ringfence/nest';
import type { ServerConfig } from '../config.js';
import { type ServerTelemetry, TELEMETRY } from '../telemetry/index.js';
import { MailQueue } from './mail-queue.js';
import { MAILER, type Mailer } from './mailer.js';
import { OutboxController } from './outbox.controller.js';
import { OutboxMailer } from './outbox-mailer.js';
import { SmtpMailer } from './smtp-mailer.js';

/** What takes the mails at last: a mail server, or the outbox of the demo. */
const TRANSPORT = Symbol('MAIL_TRANSPORT');

/** How long a stop waits for mails that are under way. */
const STOP_PATIENCE_MS = 5_000;

/**
 * The one way out for mails, for every feature: `@Inject(MAILER) mailer: Mailer`. With a mail server
 * it goes there; without one, in demo mode, into the outbox.
 */
@Module({})
export class MailModule implements OnApplicationShutdown {
  constructor(
    @Inject(MAILER) private readonly queue: MailQueue,
    @Inject(TRANSPORT) private readonly transport: Mailer & { close?(): void },
  ) {}

  static forRoot(config: ServerConfig): DynamicModule {
    const transport = config.SMTP_URL === undefined ? new OutboxMailer() : smtpMailer(config);
    const outbox = transport instanceof OutboxMailer;
    return {
      module: MailModule,
      global: true,
      controllers: outbox ? [OutboxController] : [],
      providers: [
        { provide: TRANSPORT, useValue: transport },
        ...(outbox ? [{ provide: OutboxMailer, useValue: transport }] : []),
        {
          provide: MAILER,
          inject: [TENANCY_OPTIONS, TELEMETRY],
          useFactory: ({ logger }: TenancyOptions, telemetry: ServerTelemetry) =>
            new MailQueue({ transport, logger, tracing: telemetry.work }),
        },
      ],
      exports: [MAILER],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.stop(STOP_PATIENCE_MS);
    this.transport.close?.();
  }
}

/** @throws RingfenceError `CONFIGURATION_INVALID` when the file of authorities cannot be read. */
function smtpMailer(config: ServerConfig): SmtpMailer {
  const { SMTP_URL: url = '', SMTP_TLS: tls, SMTP_CA_FILE: file, MAIL_FROM: from } = config;
  return new SmtpMailer({
    url,
    tls,
    from,
    ...(file !== undefined && { ca: readAuthorities(file) }),
  });
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const detail = 'The file that SMTP_CA_FILE names cannot be read.';
    throw new RingfenceError('CONFIGURATION_INVALID', { detail, cause });
  }
}

import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import {
  AccessPatterns,
  AccessWatch,
  AlertBook,
  AlertCourier,
  AlertFeed,
  postgresAccessStore,
} from 'ringfence/access-patterns';
import { TenantPool } from 'ringfence/postgres';
import { describeError, type EventLogger } from 'ringfence/telemetry';
import type { ServerConfig } from '../config.js';

/** Counts access, raises alerts, and delivers them, while the application runs. */
@Module({})
export class AccessPatternsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(AccessWatch) private readonly watch: AccessWatch) {}

  static forRoot(config: ServerConfig, logger: EventLogger): DynamicModule {
    const onFailure = (error: unknown): void =>
      logger.error({ error: describeError(error) }, 'Access patterns could not be stored or read.');
    return {
      module: AccessPatternsModule,
      global: true,
      providers: [
        {
          provide: AccessPatterns,
          inject: [TenantPool],
          useFactory: (pool: TenantPool) =>
            new AccessPatterns({
              store: postgresAccessStore(pool),
              onFailure,
              onAlert: ({ owner, rule, severity, subject, evidence }) => {
                const { count, threshold } = evidence;
                const what = { rule, severity, subject, count, threshold };
                logger.warn({ event: 'alert', tenantId: owner, ...what }, 'An alert was raised.');
              },
            }),
        },
        {
          provide: AlertBook,
          inject: [TenantPool],
          useFactory: (pool: TenantPool) => new AlertBook(pool),
        },
        {
          provide: AlertFeed,
          inject: [AlertBook],
          useFactory: (book: AlertBook) => new AlertFeed({ book, onFailure }),
        },
        {
          provide: AccessWatch,
          inject: [AccessPatterns, AlertFeed, AlertBook],
          useFactory: (patterns: AccessPatterns, feed: AlertFeed, book: AlertBook) =>
            new AccessWatch({ patterns, feed, onFailure, ...courierOf(config, logger, book) }),
        },
      ],
      exports: [AccessPatterns, AlertBook, AlertFeed, AccessWatch],
    };
  }

  onApplicationBootstrap(): void {
    this.watch.start();
  }

  /** Before the database goes: what was counted is still sent. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.watch.stop();
  }
}

function courierOf(
  config: ServerConfig,
  logger: EventLogger,
  book: AlertBook,
): { courier?: AlertCourier } {
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRETS: secrets = [] } = config;
  if (url === undefined) return {};
  return {
    courier: new AlertCourier({
      book,
      secrets,
      target: { url, allowPrivate: config.ALERT_WEBHOOK_PRIVATE === 'allowed' },
      onGivenUp: ({ id, rule }, last) =>
        logger.error(
          { event: 'alert_undelivered', alertId: id, rule, reason: `answer ${last}` },
          'An alert was given up.',
        ),
    }),
  };
}

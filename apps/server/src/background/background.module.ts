import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TENANCY_OPTIONS, type TenancyOptions } from 'ringfence/nest';
import { type ServerTelemetry, TELEMETRY } from '../telemetry/index.js';
import { BackgroundWork } from './background-work.js';

/** Two at a time: requests come first, and the pool has few connections. */
const LIMITS = { running: 2, waiting: 500 } as const;
const STOP_PATIENCE_MS = 5_000;

/** One {@link BackgroundWork} for the whole server, finished before mails and database go. */
@Global()
@Module({
  providers: [
    {
      provide: BackgroundWork,
      inject: [TENANCY_OPTIONS, TELEMETRY],
      useFactory: ({ logger }: TenancyOptions, telemetry: ServerTelemetry) =>
        new BackgroundWork(LIMITS, logger, telemetry.work),
    },
  ],
  exports: [BackgroundWork],
})
export class BackgroundModule implements OnApplicationShutdown {
  constructor(private readonly work: BackgroundWork) {}

  async onApplicationShutdown(): Promise<void> {
    await this.work.stop(STOP_PATIENCE_MS);
  }
}

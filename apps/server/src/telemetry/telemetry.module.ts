import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { RefusalCounts } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { ServerTelemetry, TELEMETRY } from './server-telemetry.js';

/** Hands the {@link ServerTelemetry} to whoever injects {@link TELEMETRY}, and ends it last. */
@Global()
@Module({})
export class TelemetryModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(TELEMETRY) private readonly telemetry: ServerTelemetry,
    private readonly pool: TenantPool,
    private readonly refusals: RefusalCounts,
  ) {}

  static forRoot(telemetry: ServerTelemetry): DynamicModule {
    return {
      module: TelemetryModule,
      providers: [{ provide: TELEMETRY, useValue: telemetry }],
      exports: [TELEMETRY],
    };
  }

  onModuleInit(): void {
    this.telemetry.watch(this.pool, this.refusals);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.telemetry.stop();
  }
}

import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { EventLogger } from 'ringfence/telemetry';
import type { ServerConfig } from '../config.js';
import {
  createRateLimiter,
  RATE_LIMITER,
  type ServerRateLimiter,
} from './rate-limiter.provider.js';

/** The limiter of requests, and its connection to where the counters are. */
@Module({})
export class LimitsModule implements OnApplicationShutdown {
  constructor(@Inject(RATE_LIMITER) private readonly own: ServerRateLimiter) {}

  static forRoot(config: ServerConfig, logger: EventLogger): DynamicModule {
    return {
      module: LimitsModule,
      providers: [{ provide: RATE_LIMITER, useFactory: () => createRateLimiter(config, logger) }],
      exports: [RATE_LIMITER],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.own.close();
  }
}

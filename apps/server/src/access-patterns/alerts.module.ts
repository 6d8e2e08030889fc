import { type DynamicModule, Module } from '@nestjs/common';
import type { ServerConfig } from '../config.js';
import { MembersModule } from '../members/index.js';
import { AlertsController } from './alerts.controller.js';
import { PlatformAlertsController } from './platform-alerts.controller.js';

@Module({})
class AlertsModule {}

/** Who may read alerts: a tenant's own people, and operators where there are any. */
export function alertsModule({ OPERATOR_KEYS }: ServerConfig): DynamicModule {
  const platform = OPERATOR_KEYS === undefined ? [] : [PlatformAlertsController];
  return {
    module: AlertsModule,
    imports: [MembersModule],
    controllers: [AlertsController, ...platform],
  };
}

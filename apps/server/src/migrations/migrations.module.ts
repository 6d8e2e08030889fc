import type { DynamicModule } from '@nestjs/common';
import { MigrationModule, type NodeSignals } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { MIGRATION_NAMES } from './migration-names.js';
import { RELEASE } from './release.js';

/**
 * What a node knows and tells of controlled migrations. It asks for none: the server process has neither
 * the operator's login nor the migrator's (docs/migrations.md, "Who may what").
 */
export function migrationsModule(signals: NodeSignals): DynamicModule {
  return MigrationModule.forRootAsync({
    inject: [TenantPool],
    useFactory: (pool: TenantPool) => ({
      names: MIGRATION_NAMES,
      switched: pool,
      node: { version: RELEASE, signals, report: (report) => pool.reportNode(report) },
    }),
  });
}

export { type MigrationAsyncOptions, MigrationModule } from './migration.module.js';
export { type ApplyOptions, MigrationService } from './migration.service.js';
export type {
  MigrationAskOptions,
  MigrationOptions,
  MigrationRequests,
  NodeOptions,
  SwitchedMigrationsReader,
} from './migration-options.js';
export { NodeReporter } from './node-reporter.js';
export { NodeSignals, type NodeWindow } from './node-signals.js';
export { SwitchedMigrations } from './switched-migrations.js';
export { WhenMigrated, type WhenMigratedOptions } from './when-migrated.decorator.js';

export type { Login } from '../sql/index.js';
export {
  closeConnection,
  connectAsOwner,
  lockWaits,
  nextBatchSize,
  type OnRolloutEvent,
  type Probe,
  type RolloutEvent,
  type RunnerConnectionOptions,
  replicationLag,
  Throttle,
  tableMaintenance,
  type WorkerSettings,
  walRate,
} from './backfill/index.js';
export {
  type ApplyEvent,
  type ApplyOptions,
  applySql,
  type LockHolder,
  requireDirectConnection,
} from './ddl/index.js';
export { type DeployOptions, deployMigrations } from './deploy-migrations.js';
export { type AskOptions, MigrationDesk, type MigrationDeskOptions } from './desk/index.js';
export {
  type Backfill,
  type BackfillBatch,
  type BackfillDefinition,
  defineBackfill,
  type GateLimits,
  type MigrationMeta,
  type ModuleBackfill,
  type PhasedMigration,
  parseDuration,
  parseTableName,
  type RingDefinition,
  type RingSelector,
  readMigrationFolder,
  readMigrationFolders,
  type ScaffoldOptions,
  type SqlBackfill,
  type SqlFile,
  scaffoldMigration,
  type TableName,
} from './folder/index.js';
export {
  type Ask,
  type LedgerAct,
  type LedgerRing,
  type MigrationEntry,
  MigrationLedger,
  type MigrationSettings,
  type MigrationStatus,
  type TenantCounts,
  type TenantEntry,
  type TenantsQuery,
} from './ledger/index.js';
export {
  LINT_RULES,
  type LintFinding,
  type LintReport,
  type LintRule,
  type LintSeverity,
  lintJson,
  lintMigration,
  lintText,
} from './lint/index.js';
export {
  type BackfillSample,
  type BindTenant,
  type MigrationPlan,
  type PlannedBackfill,
  type PlannedStatement,
  type PlanOptions,
  planJson,
  planMigration,
  planText,
  type SeenLock,
} from './plan/index.js';
export { type MigrationFile, readMigrations } from './read-migrations.js';
export { type NodeSignals, placeOf, ringOf, type TenantFacts } from './rings/index.js';
export {
  type ContractOptions,
  contractBlockers,
  expandServers,
  MigrationRunner,
  type MigrationRunnerOptions,
  type MigrationServer,
} from './runner/index.js';
export { type SetUpOptions, setUpDatabase } from './set-up-database.js';
export {
  type ContextKeysOptions,
  listStoredKeys,
  removeContextKey,
  type StoreKeysOptions,
  storeContextKeys,
} from './store-context-keys.js';
export {
  type ActFeedOptions,
  ActPlace,
  actEvent,
  followActs,
  type Pace,
  RolloutPace,
  type RolloutSnapshot,
  type RolloutStreamOptions,
  readSnapshot,
  rolloutStream,
  WATCH_COLUMNS,
  watchLines,
  webhookPlace,
} from './watch/index.js';
export { withMigrationLock } from './with-lock.js';

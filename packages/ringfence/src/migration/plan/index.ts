export {
  type MigrationPlan,
  type PlannedBackfill,
  type PlannedStatement,
  type PlanOptions,
  planMigration,
} from './plan-migration.js';
export { planJson, planText } from './plan-report.js';
export type { BackfillSample, BindTenant } from './sample-backfill.js';
export type { SeenLock } from './trial-run.js';

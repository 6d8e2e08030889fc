export { COUNT_ACCESS_STATEMENT, countSubject } from './access-counters.js';
export { accessPatternsSql } from './access-patterns.js';
export {
  ACKNOWLEDGE_ALERT_STATEMENT,
  ALERTS_AFTER_STATEMENT,
  acknowledgeSubject,
  alertSubject,
  PLATFORM_ID,
  RAISE_ALERT_STATEMENT,
  READ_ALERTS_STATEMENT,
  SETTLE_ALERT_STATEMENT,
  TAKE_ALERTS_STATEMENT,
} from './alerts.js';
export { auditLogSql } from './audit-log.js';
export {
  ACTOR_PROOF_SETTING,
  ACTOR_SETTING,
  type AuditedTable,
  actorSubject,
  auditTriggersSql,
  BIND_ACTOR_STATEMENT,
} from './audit-log-recording.js';
export {
  BIND_STATEMENT,
  CURRENT_TENANT,
  MACHINERY_SCHEMA,
  PROOF_SETTING,
  TENANT_SETTING,
} from './binder.js';
export {
  type AnnouncedTable,
  announceChangesSql,
  CHANGES_CHANNEL,
  LISTEN_STATEMENT,
} from './change-feed.js';
export {
  type ConcurrentIndex,
  concurrentIndexSql,
  uniqueFromIndexSql,
} from './concurrent-index.js';
export {
  type ContextTrust,
  LIST_KEYS_STATEMENT,
  REMOVE_KEY_STATEMENT,
  STORE_KEY_STATEMENT,
} from './context-keys.js';
export { type ContextKey, proveContext, storedKey } from './context-proof.js';
export { FIND_TENANT_STATEMENT } from './directory.js';
export { type DualWrite, dropDualWriteSql, dualWriteSql } from './dual-write.js';
export { expandColumnsSql, type PlannedFile } from './expand-columns.js';
export { quoteIdentifier, quoteLiteral, quoteQualified } from './identifier.js';
export { isTransactional, leavesNoResidue } from './leaves-no-residue.js';
export { machinerySql } from './machinery.js';
export { type MachineryUpdate, machineryUpdates } from './machinery-updates.js';
export {
  ASK_MIGRATION_STATEMENT,
  MIGRATION_ACTS,
  type MigrationAct,
  type NodeReport,
  nodeSubject,
  REPORT_NODE_STATEMENT,
  SWITCHED_MIGRATIONS_STATEMENT,
} from './migration-asks.js';
export {
  MIGRATION_STATES,
  MIGRATION_TRANSITIONS,
  type MigrationState,
  RING_TRANSITIONS,
  type RingState,
  TENANT_STATES,
  TENANT_TRANSITIONS,
  type TenantMigrationState,
} from './migration-states.js';
export {
  BEGIN_BATCH_STATEMENT,
  CLAIM_TENANTS_STATEMENT,
  END_BATCH_STATEMENT,
  FAIL_TENANT_STATEMENT,
  RELEASE_TENANTS_STATEMENT,
  RENEW_LEASE_STATEMENT,
  RUN_BATCH_STATEMENT,
  VERIFY_TENANT_STATEMENT,
} from './migration-work.js';
export {
  type Account,
  CLAIM_LINK_STATEMENT,
  JOIN_ACCOUNTS_STATEMENT,
  LEAVE_PERSON_STATEMENT,
  LINKED_ACCOUNTS_STATEMENT,
  PERSON_SUBJECTS,
  personTriggersSql,
  type WayIn,
} from './persons.js';
export type { Queryable } from './queryable.js';
export { type CountedTable, measureQuotasSql, quotaTriggersSql } from './quota-triggers.js';
export {
  CLEAR_TENANT_QUOTA_STATEMENT,
  DEFAULT_PLAN,
  MEASURE_QUOTAS_STATEMENT,
  OWN_QUOTAS_STATEMENT,
  quotasSql,
  RECONCILE_QUOTAS_STATEMENT,
  SET_PLAN_QUOTA_STATEMENT,
  SET_TENANT_PLAN_STATEMENT,
  SET_TENANT_QUOTA_STATEMENT,
} from './quotas.js';
export { COUNT_REQUESTS_STATEMENT } from './rate-limit-counters.js';
export { REGISTER_TENANT_STATEMENT, TENANT_NAME_STATEMENT } from './registration.js';
export { DATABASE_RIGHTS_QUERY, REACHABLE_ROLES_QUERY, TENANT_TABLES_QUERY } from './role-check.js';
export { DEFAULT_ROLE_PREFIX, type RoleNames, roleNames, withRolePrefix } from './role-names.js';
export {
  addForeignKeySql,
  countOrphansSql,
  type SafeForeignKey,
  validateForeignKeySql,
} from './safe-foreign-key.js';
export { type NotNullColumn, safeNotNullSql } from './safe-not-null.js';
export {
  type Login,
  type SetUpState,
  setUpPlan,
  setUpStateQuery,
} from './set-up-plan.js';
export { sqlStatements } from './sql-statements.js';
export { type SqlToken, sqlTokens } from './sql-tokens.js';
export {
  ACTIVATE_DOMAIN_STATEMENT,
  DEACTIVATE_DOMAIN_STATEMENT,
  domainSubject,
  OWN_DOMAINS_STATEMENT,
} from './tenant-domains.js';
export { POLICY_NAMES, tenantPolicySql } from './tenant-policy.js';
export {
  type OnDelete,
  type TenantColumn,
  type TenantTable,
  tenantColumnsSql,
  tenantTableSql,
} from './tenant-table.js';
export { BIND_ACTOR_WITHIN_STATEMENT, BIND_WITHIN_STATEMENT } from './time-limit.js';

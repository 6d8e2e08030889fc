import type { Check } from '../check.js';
import { dangerousFunction } from './dangerous-function.js';
import { databaseTemporary } from './database-temporary.js';
import { defaultPrivileges } from './default-privileges.js';
import { definerBypasses } from './definer-bypasses.js';
import { definerDynamicSql } from './definer-dynamic-sql.js';
import { definerPublic } from './definer-public.js';
import { definerRowSecurityOff } from './definer-row-security-off.js';
import { definerSearchPath } from './definer-search-path.js';
import { definerTempFirst } from './definer-temp-first.js';
import { definerTrigger } from './definer-trigger.js';
import { exclusionAcrossTenants } from './exclusion-across-tenants.js';
import { foreignKeyAcrossTenants } from './foreign-key-across-tenants.js';
import { foreignKeyMisaligned } from './foreign-key-misaligned.js';
import { foreignKeyNullsTenant } from './foreign-key-nulls-tenant.js';
import { foreignServerUsage } from './foreign-server-usage.js';
import { foreignTableReachable } from './foreign-table-reachable.js';
import { functionFixedContext } from './function-fixed-context.js';
import { functionLeakproof } from './function-leakproof.js';
import { functionSecret } from './function-secret.js';
import { functionSetsContext } from './function-sets-context.js';
import { functionUntrustedLanguage } from './function-untrusted-language.js';
import { largeObjects } from './large-objects.js';
import { materializedViewReachable } from './materialized-view-reachable.js';
import { noDriftGuard } from './no-drift-guard.js';
import { noPermissivePolicy } from './no-permissive-policy.js';
import { parameterSet } from './parameter-set.js';
import { partitionUnprotected } from './partition-unprotected.js';
import { policyByUserName } from './policy-by-user-name.js';
import { policyBypassSetting } from './policy-bypass-setting.js';
import { policyEmptyContextFails } from './policy-empty-context-fails.js';
import { policyFailOpen } from './policy-fail-open.js';
import { policyFixedTenant } from './policy-fixed-tenant.js';
import { policyHelperUnpinned } from './policy-helper-unpinned.js';
import { policyIgnoresRow } from './policy-ignores-row.js';
import { policyImmutableFunction } from './policy-immutable-function.js';
import { policyLossy } from './policy-lossy.js';
import { policyManyPermissive } from './policy-many-permissive.js';
import { policyMutableReference } from './policy-mutable-reference.js';
import { policyNameCapture } from './policy-name-capture.js';
import { policyOpenBlind } from './policy-open-blind.js';
import { policyOpenRead } from './policy-open-read.js';
import { policyOpenToOwner } from './policy-open-to-owner.js';
import { policyOpenWrite } from './policy-open-write.js';
import { policyOrphanRows } from './policy-orphan-rows.js';
import { policyOtherKey } from './policy-other-key.js';
import { policyOtherSetting } from './policy-other-setting.js';
import { policyPerRowFunction } from './policy-per-row-function.js';
import { policyReadsTable } from './policy-reads-table.js';
import { policyRestrictiveToRoles } from './policy-restrictive-to-roles.js';
import { policySelfReference } from './policy-self-reference.js';
import { policySharedReadable } from './policy-shared-readable.js';
import { policySharedWritable } from './policy-shared-writable.js';
import { policyUserClaim } from './policy-user-claim.js';
import { policyVolatileFunction } from './policy-volatile-function.js';
import { policyWithoutContext } from './policy-without-context.js';
import { privilegeGrantOption } from './privilege-grant-option.js';
import { privilegeMaintain } from './privilege-maintain.js';
import { privilegePublic } from './privilege-public.js';
import { privilegeReferences } from './privilege-references.js';
import { privilegeTrigger } from './privilege-trigger.js';
import { privilegeTruncate } from './privilege-truncate.js';
import { publicationUnfiltered } from './publication-unfiltered.js';
import { registryReadable } from './registry-readable.js';
import { rlsDisabledWithPolicies } from './rls-disabled-with-policies.js';
import { rlsNotForced } from './rls-not-forced.js';
import { rlsOff } from './rls-off.js';
import { roleBypassrls } from './role-bypassrls.js';
import { roleCanBecomeBypassing } from './role-can-become-bypassing.js';
import { roleCreaterole } from './role-createrole.js';
import { roleOwnsTables } from './role-owns-tables.js';
import { rolePredefined } from './role-predefined.js';
import { roleReplication } from './role-replication.js';
import { roleSuperuser } from './role-superuser.js';
import { ruleOwnerRights } from './rule-owner-rights.js';
import { schemaCreate } from './schema-create.js';
import { sequenceShared } from './sequence-shared.js';
import { serverVersion } from './server-version.js';
import { setConfigPublic } from './set-config-public.js';
import { settingLargeObjects } from './setting-large-objects.js';
import { settingLogsStatements } from './setting-logs-statements.js';
import { settingRowSecurity } from './setting-row-security.js';
import { settingTenantDefault } from './setting-tenant-default.js';
import { statisticsReadable } from './statistics-readable.js';
import { tableOwnedByApplication } from './table-owned-by-application.js';
import { tableWithoutTenant } from './table-without-tenant.js';
import { tenantColumnNoDefault } from './tenant-column-no-default.js';
import { tenantColumnNullable } from './tenant-column-nullable.js';
import { tenantColumnUpdatable } from './tenant-column-updatable.js';
import { tenantNotIndexed } from './tenant-not-indexed.js';
import { triggerDeferred } from './trigger-deferred.js';
import { uniqueAcrossTenants } from './unique-across-tenants.js';
import { viewDefiner } from './view-definer.js';
import { viewFilterWithoutBarrier } from './view-filter-without-barrier.js';

/** Every check, in the order in which docs/checks lists them. */
export const CHECKS: readonly Check[] = [
  rlsOff,
  rlsDisabledWithPolicies,
  partitionUnprotected,
  rlsNotForced,
  noPermissivePolicy,
  tableWithoutTenant,
  tenantColumnNullable,
  tenantColumnNoDefault,
  tenantColumnUpdatable,
  tenantNotIndexed,
  registryReadable,
  foreignTableReachable,
  materializedViewReachable,
  defaultPrivileges,
  noDriftGuard,
  policyOpenRead,
  policyOpenWrite,
  policyOpenBlind,
  policySharedWritable,
  policySharedReadable,
  policyFixedTenant,
  policyFailOpen,
  policyLossy,
  policyBypassSetting,
  policyOtherSetting,
  policyOtherKey,
  policyOrphanRows,
  policyOpenToOwner,
  policyWithoutContext,
  policyIgnoresRow,
  policyUserClaim,
  policyMutableReference,
  policySelfReference,
  policyByUserName,
  policyNameCapture,
  policyImmutableFunction,
  policyVolatileFunction,
  policyPerRowFunction,
  policyHelperUnpinned,
  policyReadsTable,
  policyManyPermissive,
  policyEmptyContextFails,
  policyRestrictiveToRoles,
  roleSuperuser,
  roleBypassrls,
  roleCanBecomeBypassing,
  roleOwnsTables,
  tableOwnedByApplication,
  roleCreaterole,
  roleReplication,
  rolePredefined,
  privilegeTruncate,
  privilegeReferences,
  privilegeTrigger,
  privilegePublic,
  privilegeGrantOption,
  privilegeMaintain,
  schemaCreate,
  databaseTemporary,
  parameterSet,
  settingTenantDefault,
  settingRowSecurity,
  settingLargeObjects,
  settingLogsStatements,
  dangerousFunction,
  foreignServerUsage,
  viewDefiner,
  viewFilterWithoutBarrier,
  definerBypasses,
  definerTrigger,
  definerSearchPath,
  definerTempFirst,
  definerDynamicSql,
  definerPublic,
  definerRowSecurityOff,
  functionSetsContext,
  functionFixedContext,
  functionLeakproof,
  functionUntrustedLanguage,
  functionSecret,
  ruleOwnerRights,
  foreignKeyAcrossTenants,
  foreignKeyMisaligned,
  foreignKeyNullsTenant,
  uniqueAcrossTenants,
  exclusionAcrossTenants,
  sequenceShared,
  triggerDeferred,
  statisticsReadable,
  largeObjects,
  publicationUnfiltered,
  setConfigPublic,
  serverVersion,
];

export type {
  Ask,
  LedgerAct,
  LedgerRing,
  MigrationEntry,
  MigrationSettings,
  MigrationStatus,
  RegisteredMigration,
  RegisteredRing,
  TenantCounts,
  TenantEntry,
} from './ledger-entries.js';
export { MigrationLedger, type TenantsQuery } from './migration-ledger.js';

export { checkApplicationRole, type StartProblem } from './check-application-role.js';
export {
  generateContextKey,
  type Keyring,
  keyringFromEnvironment,
  keyringFromFile,
  parseKeyring,
  readKeyring,
  rotateKeyring,
  watchKeyring,
} from './keyring.js';
export {
  type ChangeFeed,
  type ChangeFeedOptions,
  type FeedLogger,
  listenForChanges,
} from './listen-for-changes.js';
export { OperatorPool } from './operator-pool.js';
export type { Pooler } from './pooler.js';
export {
  CLOCK_SKEW_SECONDS,
  PROOF_LIFETIME_SECONDS,
  type TenantBinding,
  tenantBinding,
  UNPROVEN,
} from './tenant-binding.js';
export { TenantPool } from './tenant-pool.js';
export type {
  ConnectionShares,
  DirectoryEntry,
  TenantPoolConfig,
  TransactionOptions,
} from './tenant-pool-config.js';
export type { StatementWatch } from './watch-statements.js';

export { checkApplicationRole, type StartProblem } from './check-application-role.js';
export { type Keyring, keyringFromEnvironment, keyringFromFile, parseKeyring } from './keyring.js';
export { OperatorPool } from './operator-pool.js';
export { CLOCK_SKEW_SECONDS, UNPROVEN } from './tenant-binding.js';
export {
  type DirectoryEntry,
  TenantPool,
  type TenantPoolConfig,
  type TransactionOptions,
} from './tenant-pool.js';

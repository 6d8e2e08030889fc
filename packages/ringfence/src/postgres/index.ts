export { checkApplicationRole, type StartProblem } from './check-application-role.js';
export { OperatorPool } from './operator-pool.js';
export { type DirectoryEntry, TenantPool, type TransactionOptions } from './tenant-pool.js';

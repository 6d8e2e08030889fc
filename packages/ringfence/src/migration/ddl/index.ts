export type { ApplyEvent, ApplyOptions, LockHolder } from './apply-options.js';
export { applySql } from './apply-sql.js';
export { canaryFirst, type ServerOutcome, type TargetServer } from './canary-first.js';
export { requireDirectConnection } from './direct-connection.js';
export { lockHolders } from './lock-holders.js';

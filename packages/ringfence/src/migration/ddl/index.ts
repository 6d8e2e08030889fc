export type { ApplyEvent, ApplyOptions, LockHolder } from './apply-options.js';
export { applySql } from './apply-sql.js';
export { requireDirectConnection } from './direct-connection.js';
export { lockHolders } from './lock-holders.js';

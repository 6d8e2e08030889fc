export { lockWaits } from './lock-waits.js';
export { replicationLag } from './replication-lag.js';
export { tableMaintenance } from './table-maintenance.js';
export { walRate } from './wal-rate.js';

export { type BatchStatements, batchStatements } from './batch-statements.js';
export { type Failure, type FailureKind, failureOf } from './failure-of.js';
export { BATCH_AIM, type BatchAim, nextBatchSize } from './next-batch-size.js';
export { lockWaits, replicationLag, tableMaintenance, walRate } from './probes/index.js';
export type { OnRolloutEvent, RolloutEvent } from './rollout-event.js';
export { type BatchRequest, type BatchResult, type Lease, runBatch } from './run-batch.js';
export {
  closeConnection,
  connectAsOwner,
  type RunnerConnectionOptions,
} from './runner-connection.js';
export { type Probe, Throttle, type ThrottleOptions } from './throttle.js';
export {
  type TenantWork,
  WORKER_SETTINGS,
  Worker,
  type WorkerOptions,
  type WorkerSettings,
} from './worker.js';

export { type AuditDatabase, type ChainName, listChains } from './chain.js';
export type { Checkpoint, CheckpointSink, Drop } from './checkpoint.js';
export { csvCell, type ExportFormat, exportAuditLog, exportHeader, exportLine } from './export.js';
export { type RetainedPartition, type RetainOptions, retainAuditLog } from './retain.js';
export { type Head, type Sealed, sealChain } from './seal-chain.js';
export { Sealer, type SealerOptions, type SealRound } from './sealer.js';
export {
  type AuditVerification,
  type VerifyOptions,
  verifyAuditLog,
} from './verify.js';
export type { AuditFinding, ChainReport, FindingKind } from './verify-chain.js';

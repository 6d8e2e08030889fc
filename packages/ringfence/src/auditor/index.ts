export {
  type AuditOptions,
  type AuditReport,
  type AuditSummary,
  audit,
  auditInTransaction,
} from './audit.js';
export type { Finding, FoundObject, Severity } from './finding.js';

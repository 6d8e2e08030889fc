export {
  type AuditOptions,
  type AuditReport,
  type AuditSummary,
  audit,
  auditInTransaction,
  auditWithCatalog,
} from './audit.js';
export { type AcceptedFinding, acceptedFinding, applyBaseline, readBaseline } from './baseline.js';
export type { Catalog } from './catalog.js';
export type { NotRead } from './catalog-reader.js';
export { type CatalogChange, type ChangeClass, diffCatalogs } from './diff-catalogs.js';
export { atLeast, type Finding, type FoundObject, SEVERITIES, type Severity } from './finding.js';
export { fixMigration } from './fix-migration.js';
export { readSnapshot } from './read-snapshot.js';
export { htmlReport } from './reports/html-report.js';
export { junitReport } from './reports/junit-report.js';
export { markdownReport } from './reports/markdown-report.js';
export { sarifReport } from './reports/sarif-report.js';
export { textReport } from './reports/text-report.js';

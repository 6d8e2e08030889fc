export { type LintReport, lintMigration } from './lint-migration.js';
export { lintJson, lintText } from './lint-report.js';
export type { LintFinding, LintRule, LintSeverity } from './rule.js';
export { RULES as LINT_RULES } from './rules/index.js';

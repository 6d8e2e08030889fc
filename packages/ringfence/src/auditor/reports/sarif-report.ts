import type { AuditReport } from '../audit.js';
import { CHECKS } from '../checks/index.js';
import type { Severity } from '../finding.js';
import { describeObject, pageOf } from './describe-finding.js';

const LEVELS: Readonly<Record<Severity, string>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** What code-scanning services rank by: CVSS-like numbers. */
const SCORES: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '3.0',
  info: '1.0',
};

/**
 * Static Analysis Results Interchange Format 2.1.0.
 *
 * @see OASIS SARIF 2.1.0, 3.27 "result object"
 */
export function sarifReport(report: AuditReport): string {
  const rules = CHECKS.map(({ id, title, severity, consequence }) => ({
    id,
    shortDescription: { text: title },
    fullDescription: { text: consequence },
    help: { text: `See ${pageOf({ check: id })}.` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { 'security-severity': SCORES[severity], tags: ['security', 'multi-tenancy'] },
  }));
  const results = report.findings.map((finding) => ({
    ruleId: finding.check,
    ruleIndex: CHECKS.findIndex(({ id }) => id === finding.check),
    level: LEVELS[finding.severity],
    message: {
      text: `${describeObject(finding.object)}: ${finding.consequence} ${finding.evidence}`,
    },
    locations: [
      {
        // Code-scanning services want a file; the page of the check is the nearest there is.
        physicalLocation: {
          artifactLocation: { uri: pageOf(finding) },
          region: { startLine: 1 },
        },
        logicalLocations: [
          { fullyQualifiedName: describeObject(finding.object), kind: finding.object.kind },
        ],
      },
    ],
    partialFingerprints: { 'ringfenceKey/v1': finding.key },
    properties: { 'security-severity': SCORES[finding.severity] },
  }));
  const invocation = {
    executionSuccessful: true,
    toolExecutionNotifications: report.notRead.map(({ what, why }) => ({
      level: 'warning',
      message: { text: `Not read: ${what}: ${why}` },
    })),
  };
  return JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'ringfence audit', rules } },
          invocations: [invocation],
          results,
        },
      ],
    },
    null,
    2,
  );
}

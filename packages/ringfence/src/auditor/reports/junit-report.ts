import type { AuditReport } from '../audit.js';
import { CHECKS } from '../checks/index.js';
import { describeObject } from './describe-finding.js';
import { escapeMarkup } from './escape-markup.js';

/** One test case per check, with a failure for each finding; a check that could not read is skipped. */
export function junitReport(report: AuditReport): string {
  const cases = CHECKS.map(({ id, title }) => {
    const findings = report.findings.filter(({ check }) => check === id);
    const failures = findings.map(
      (finding) =>
        `      <failure type="${finding.severity}" message="${escapeMarkup(describeObject(finding.object))}">${escapeMarkup(`${finding.consequence}\n${finding.evidence}\n${finding.fix ?? ''}`)}</failure>`,
    );
    const head = `    <testcase classname="ringfence.audit" name="${id}: ${escapeMarkup(title)}"`;
    return failures.length === 0
      ? `${head}/>`
      : `${head}>\n${failures.join('\n')}\n    </testcase>`;
  });
  const notRead = report.notRead.map(
    ({ what, why }) =>
      `    <testcase classname="ringfence.audit.notRead" name="${escapeMarkup(what)}"><skipped message="${escapeMarkup(why)}"/></testcase>`,
  );
  const tests = cases.length + notRead.length;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="ringfence audit" tests="${tests}" failures="${report.findings.length}" skipped="${notRead.length}">
${[...cases, ...notRead].join('\n')}
  </testsuite>
</testsuites>
`;
}

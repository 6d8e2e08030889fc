import type { AuditReport } from '../audit.js';
import { SEVERITIES } from '../finding.js';
import { describeObject, pageOf } from './describe-finding.js';
import { printable, printableLines } from './printable.js';

/** For a pull request or a wiki. */
export function markdownReport(report: AuditReport): string {
  const { counts } = report.summary;
  const lines = [
    '# ringfence audit',
    '',
    `| ${SEVERITIES.join(' | ')} |`,
    `|${SEVERITIES.map(() => ' ---: |').join('')}`,
    `| ${SEVERITIES.map((each) => counts[each]).join(' | ')} |`,
    '',
  ];
  for (const finding of report.findings) {
    lines.push(`## ${finding.severity}: ${code(describeObject(finding.object))}`, '');
    lines.push(`${finding.title}. ${finding.consequence}`, '');
    lines.push(
      `Seen: ${code(printable(finding.evidence))} · [${finding.check}](${pageOf(finding)})`,
      '',
    );
    if (finding.fix !== undefined) {
      const fence = fenceFor(finding.fix);
      lines.push(`${fence}sql`, printableLines(finding.fix), fence, '');
    }
  }
  if (report.notRead.length > 0) {
    lines.push('## Not read', '');
    for (const { what, why } of report.notRead)
      lines.push(`- ${code(printable(`${what}: ${why}`))}`);
  }
  return lines.join('\n');
}

/** As code, so that nothing in a name is taken for Markdown. */
function code(text: string): string {
  const fence = '`'.repeat(longestRun(text) + 1);
  return `${fence} ${text} ${fence}`;
}

function fenceFor(text: string): string {
  return '`'.repeat(Math.max(3, longestRun(text) + 1));
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}

import type { AuditReport } from '../audit.js';
import { SEVERITIES, type Severity } from '../finding.js';
import { describeObject } from './describe-finding.js';
import { printable, printableLines } from './printable.js';

const WIDTH = 80;
const COLOURS: Readonly<Record<Severity, number>> = {
  critical: 91,
  high: 31,
  medium: 33,
  low: 36,
  info: 90,
};

/** For people, at 80 columns; with colour only where the caller says that it is a terminal. */
export function textReport(report: AuditReport, colour: boolean): string {
  const paint = (text: string, code: number): string =>
    colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  const lines: string[] = [];
  for (const { severity, check, title, object, evidence, consequence, fix } of report.findings) {
    lines.push(`${paint(severity.toUpperCase(), COLOURS[severity])} ${paint(check, 1)}`);
    lines.push(
      ...wrapped(describeObject(object), '  '),
      ...wrapped(`${title}. ${consequence}`, '  '),
    );
    lines.push(...wrapped(`Seen: ${printable(evidence)}`, '  '));
    if (fix !== undefined) {
      lines.push(
        '  Fix:',
        ...printableLines(fix)
          .split('\n')
          .map((line) => `    ${line}`),
      );
    }
    lines.push('');
  }
  for (const { what, why } of report.notRead) {
    lines.push(...wrapped(`Not read: ${printable(what)}: ${printable(why)}`, ''));
  }
  return [...lines, ...summary(report)].join('\n');
}

function summary({ summary: { counts, tenancy, ...rest } }: AuditReport): string[] {
  const found = SEVERITIES.filter((each) => counts[each] > 0)
    .map((each) => `${counts[each]} ${each}`)
    .join(', ');
  const sure = Math.round(tenancy.confidence * 100);
  return [
    ...wrapped(`${found || 'No findings'} by ${rest.checks} checks.`, ''),
    ...wrapped(
      `${rest.tenantTables} of ${rest.tables} tables carry the tenant column ${printable(tenancy.column ?? '(none found)')} (${sure} % sure); applications log in as ${printable(rest.appRoles.join(', ') || '(nobody found)')}.`,
      '',
    ),
  ];
}

/** Broken at spaces; a word that is longer than a line is broken where the line ends. */
export function wrapped(text: string, indent: string): string[] {
  const room = WIDTH - indent.length;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > room) {
      lines.push(line);
      line = '';
    }
    while (rest.length > room) {
      lines.push(rest.slice(0, room));
      rest = rest.slice(room);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  if (line !== '') lines.push(line);
  return lines.map((each) => `${indent}${each}`);
}

import type { LintReport } from './lint-migration.js';
import type { LintFinding } from './rule.js';

/** Where the page of a rule stands in the documentation. */
const PAGES = 'docs/lint';
const WIDTH = 80;

/** What was found, for a terminal of 80 columns. */
export function lintText(reports: readonly LintReport[]): string {
  const lines = reports.flatMap((report) => [
    ...report.findings.flatMap((each) => [...finding(report.migration, each), '']),
  ]);
  const all = reports.flatMap(({ findings }) => findings);
  const count = (word: string, found: readonly LintFinding[]): string =>
    `${found.length} ${word}${found.length === 1 ? '' : 's'}`;
  const open = all.filter(({ allowed }) => allowed === undefined);
  const asked = reports.every((each) => each.asked);
  const summary = [
    `${reports.length} migration${reports.length === 1 ? '' : 's'}`,
    count(
      'error',
      open.filter(({ severity }) => severity === 'error'),
    ),
    count(
      'warning',
      open.filter(({ severity }) => severity === 'warning'),
    ),
    `${all.length - open.length} allowed`,
  ].join(', ');
  return [
    ...lines,
    `${summary}.`,
    ...(asked ? [] : ['No database was asked: tables that are not new are taken for large.']),
  ].join('\n');
}

function finding(migration: string, found: LintFinding): string[] {
  const { file, line, severity, rule, title, evidence, consequence, instead, allowed } = found;
  const head = `${migration}/${file}:${line}`;
  if (allowed !== undefined) return [`${head} allowed ${rule}: ${allowed}`];
  return [
    `${head} ${severity} ${rule}`,
    ...wrapped('  ', `${title}: ${evidence}.`),
    ...wrapped('  ', consequence),
    ...wrapped('  Instead: ', instead),
    `  ${PAGES}/${rule}.md`,
  ];
}

function wrapped(indent: string, text: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = '  ';
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}

/** The same for machines. */
export function lintJson(reports: readonly LintReport[]): string {
  return JSON.stringify({ ok: reports.every(({ ok }) => ok), migrations: reports }, null, 2);
}

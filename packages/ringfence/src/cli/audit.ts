import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type AuditReport,
  applyBaseline,
  atLeast,
  auditWithCatalog,
  fixMigration,
  htmlReport,
  junitReport,
  markdownReport,
  readBaseline,
  SEVERITIES,
  type Severity,
  sarifReport,
  textReport,
} from '../auditor/index.js';
import { RingfenceError } from '../errors/index.js';
import { auditDiffCommand } from './audit-diff.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence audit [--url URL] | ringfence audit diff BEFORE AFTER

  --url URL              any login of the database; no superuser (DATABASE_URL)
  --app-role R,R         the roles that applications log in as; found otherwise
  --tenant-column NAME   found otherwise
  --tenant-table NAME    schema.table of the tenants themselves; found otherwise
  --global NAME,NAME     schema.table of tables that belong to no tenant
  --format FORMAT        text (default), json, sarif, junit, markdown or html
  --json                 the same as --format json
  --output FILE          write the report there instead of printing it
  --fail-on SEVERITY     exit 1 from this one on: critical, high, medium, low
                         (default), info
  --baseline FILE        accepted findings, each with a reason and a last day
  --fix FILE             write the mechanical fixes as a migration; run nothing
  --snapshot FILE        write the catalog, for ringfence audit diff

It reads only. Exit codes: 0 clean, 1 findings, 2 it could not run.`;

const FORMATS: Readonly<Record<string, (report: AuditReport, terminal: Terminal) => string>> = {
  text: (report, terminal) => textReport(report, terminal.colour === true),
  json: (report) => JSON.stringify(report, null, 2),
  sarif: sarifReport,
  junit: junitReport,
  markdown: markdownReport,
  html: htmlReport,
};

/** `ringfence audit`: reads the catalog of a database and says where a row can cross tenants. */
export async function auditCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  if (args[0] === 'diff') return auditDiffCommand(args.slice(1), terminal);
  const values = parse(args);
  if (values.help) {
    terminal.out(USAGE);
    return 0;
  }
  const url = values.url ?? terminal.env.DATABASE_URL;
  if (!url) throw invalid('Give --url.');
  const format = FORMATS[values.json ? 'json' : (values.format ?? 'text')];
  if (!format) throw invalid(`--format is one of ${Object.keys(FORMATS).join(', ')}.`);
  const failOn = severity(values['fail-on'] ?? 'low');
  const accepted = values.baseline === undefined ? [] : readBaseline(values.baseline);
  const audited = await auditWithCatalog({
    url,
    ...(values['app-role'] ? { appRoles: listed(values['app-role']) } : {}),
    ...(values['tenant-column'] ? { tenantColumn: values['tenant-column'] } : {}),
    ...(values['tenant-table'] ? { tenantTable: values['tenant-table'] } : {}),
    ...(values.global ? { globalTables: listed(values.global) } : {}),
  });
  const report = applyBaseline(audited.report, accepted);
  const text = format(
    report,
    values.output === undefined ? terminal : { ...terminal, colour: false },
  );
  if (values.output === undefined) terminal.out(text);
  else write(values.output, text);
  if (values.fix !== undefined) write(values.fix, fixMigration(report.findings));
  if (values.snapshot !== undefined) write(values.snapshot, JSON.stringify(audited.catalog));
  return report.findings.some((finding) => atLeast(finding.severity, failOn)) ? 1 : 0;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        url: { type: 'string' },
        'app-role': { type: 'string', multiple: true },
        'tenant-column': { type: 'string' },
        'tenant-table': { type: 'string' },
        global: { type: 'string', multiple: true },
        format: { type: 'string' },
        json: { type: 'boolean' },
        output: { type: 'string' },
        'fail-on': { type: 'string' },
        baseline: { type: 'string' },
        fix: { type: 'string' },
        snapshot: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

function listed(values: readonly string[]): string[] {
  return values.flatMap((each) => each.split(',')).filter((each) => each !== '');
}

function severity(text: string): Severity {
  const known = SEVERITIES.find((each) => each === text);
  if (!known) throw invalid(`--fail-on is one of ${SEVERITIES.join(', ')}.`);
  return known;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw invalid(`${file} cannot be written: ${(cause as Error).message}`);
  }
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}

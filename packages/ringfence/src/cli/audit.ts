import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type AcceptedFinding,
  type AuditOptions,
  applyBaseline,
  atLeast,
  auditWithCatalog,
  fixMigration,
  readBaseline,
  SEVERITIES,
  type Severity,
} from '../auditor/index.js';
import type { AuditFormat, RingfenceConfig } from '../config/index.js';
import { RingfenceError } from '../errors/index.js';
import { auditDiffCommand } from './audit-diff.js';
import { FORMATS } from './audit-formats.js';
import { loadConfig } from './load-config.js';
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
  --fail-on SEVERITY     exit 1 from this one on: critical, high, medium
                         (default), low, info
  --baseline FILE        accepted findings, each with a reason and a last day
  --fix FILE             write the mechanical fixes as a migration; run nothing
  --snapshot FILE        write the catalog, for ringfence audit diff
  --config FILE          default ringfence.config.ts, .mts, .js, .mjs or .json
                         of this folder; what stands here wins over it

It reads only. Exit codes: 0 clean, 1 findings, 2 it could not run.`;

/** What is less carries no row across by itself: hygiene, and what the schema cannot help. */
const DEFAULT_FAIL_ON: Severity = 'medium';

type Flags = ReturnType<typeof parse>;

/** `ringfence audit`: reads the catalog of a database and says where a row can cross tenants. */
export async function auditCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  if (args[0] === 'diff') return auditDiffCommand(args.slice(1), terminal);
  const flags = parse(args);
  if (flags.help) {
    terminal.out(USAGE);
    return 0;
  }
  const config = await loadConfig(flags.config, terminal);
  const format = FORMATS[formatOf(flags, config)];
  const failOn = severity(flags['fail-on'] ?? config.audit?.failOn ?? DEFAULT_FAIL_ON);
  const output = flags.output ?? config.audit?.output;
  const accepted = acceptedIn(flags, config);
  const audited = await auditWithCatalog(auditOptions(flags, config, terminal));
  const report = applyBaseline(audited.report, accepted);
  const text = format(report, output === undefined && terminal.colour === true);
  if (output === undefined) terminal.out(text);
  else write(output, text);
  if (flags.fix !== undefined) write(flags.fix, fixMigration(report.findings));
  if (flags.snapshot !== undefined) write(flags.snapshot, JSON.stringify(audited.catalog));
  return report.findings.some((finding) => atLeast(finding.severity, failOn)) ? 1 : 0;
}

/** The command line, then the file, then the environment. */
function auditOptions(flags: Flags, config: RingfenceConfig, terminal: Terminal): AuditOptions {
  const { audit = {} } = config;
  const url = flags.url ?? audit.url ?? terminal.env.DATABASE_URL;
  if (!url) throw invalid('Give --url.');
  const appRoles = listed(flags['app-role']) ?? audit.appRoles;
  const globalTables = listed(flags.global) ?? audit.globalTables;
  const tenantColumn = flags['tenant-column'] ?? config.tenantColumn;
  const tenantTable = flags['tenant-table'] ?? audit.tenantTable;
  return {
    url,
    ...(appRoles ? { appRoles } : {}),
    ...(tenantColumn ? { tenantColumn } : {}),
    ...(tenantTable ? { tenantTable } : {}),
    ...(globalTables ? { globalTables } : {}),
  };
}

function formatOf({ json, format }: Flags, { audit }: RingfenceConfig): AuditFormat {
  if (json) return 'json';
  const name = format ?? audit?.format ?? 'text';
  if (!Object.hasOwn(FORMATS, name)) {
    throw invalid(`--format is one of ${Object.keys(FORMATS).join(', ')}.`);
  }
  return name as AuditFormat;
}

/** `--baseline` takes the place of the file's baseline; what the file itself accepts stays. */
function acceptedIn(flags: Flags, { audit = {} }: RingfenceConfig): AcceptedFinding[] {
  const file = flags.baseline ?? audit.baseline;
  return [...(audit.accepted ?? []), ...(file === undefined ? [] : readBaseline(file))];
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
        config: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

function listed(values: readonly string[] | undefined): string[] | undefined {
  return values?.flatMap((each) => each.split(',')).filter((each) => each !== '');
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

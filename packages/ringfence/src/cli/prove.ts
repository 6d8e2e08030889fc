import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RingfenceError } from '../errors/index.js';
import {
  type AcceptedLeak,
  htmlReport,
  mutate,
  mutationReport,
  noticed,
  OPERATIONS,
  type ProveOptions,
  prove,
  terminalReport,
} from '../prover/index.js';
import { writeEvidence } from './prove-evidence.js';
import { proveHttpCommand } from './prove-http.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence prove --admin-url URL --url URL [options]

Attacks a copy of the database with two tenants, as the application's own login.

  --admin-url URL     a superuser on the database; seeds and reads the truth
                      (DATABASE_ADMIN_URL)
  --url URL           the application's login on the same database (DATABASE_URL)
  --bind SQL          what binds a transaction, with the tenant as $1; default
                      ringfence's binder where it stands
  --setting NAME      or: the setting that carries the tenant
  --tenant-column N   when it is not found by its name
  --tenant ID         twice: tenants that are there already; default two new ones
  --in-place          one transaction in the database itself, rolled back
  --accept OP[:OBJECT]=REASON   a leak that somebody answers for
  --mutate            weaken the copy in every known way and see who notices
  --per-kind N        with --mutate: at most N of each kind
  --json              one JSON document instead of the matrix
  --html FILE         the matrix as one self-contained page
  --evidence FILE     the results, signed; see ringfence verify-evidence
  --key FILE          the ed25519 key to sign with, made when it is not there
                      (default ringfence-prover.pem)

Exit codes: 0 proven, 1 leaked, 2 could not run. Over HTTP: ringfence prove --http --help.`;

const OPTIONS = {
  'admin-url': { type: 'string' },
  url: { type: 'string' },
  bind: { type: 'string' },
  setting: { type: 'string' },
  'tenant-column': { type: 'string' },
  tenant: { type: 'string', multiple: true },
  'in-place': { type: 'boolean' },
  accept: { type: 'string', multiple: true },
  mutate: { type: 'boolean' },
  'per-kind': { type: 'string' },
  json: { type: 'boolean' },
  html: { type: 'string' },
  evidence: { type: 'string' },
  key: { type: 'string' },
  help: { type: 'boolean' },
} as const;

/** `ringfence prove`: the attack, its report and its evidence. */
export async function proveCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  if (args.some((arg) => arg === '--http' || arg.startsWith('--http='))) {
    return proveHttpCommand(args, terminal);
  }
  const values = parse(args);
  if (values.help) {
    terminal.out(USAGE);
    return 0;
  }
  const options = proveOptions(values, terminal);
  if (values.mutate) {
    const perKind = values['per-kind'] === undefined ? {} : { perKind: Number(values['per-kind']) };
    const results = await mutate({ ...options, ...perKind });
    terminal.out(values.json ? JSON.stringify(results, null, 2) : mutationReport(results));
    const survived = results.some((one) => one.impossible === undefined && !noticed(one));
    return survived ? 1 : 0;
  }
  const proof = await prove(options);
  if (values.html) writeFileSync(values.html, htmlReport(proof));
  if (values.evidence) {
    writeEvidence(values.evidence, values.key, { schema: proof.subject.schemaSha256 }, proof);
  }
  if (values.json) terminal.out(JSON.stringify(proof, null, 2));
  else for (const line of terminalReport(proof)) terminal.out(line);
  return proof.summary.leaked > 0 ? 1 : 0;
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

function proveOptions(values: ReturnType<typeof parse>, { env }: Terminal): ProveOptions {
  const { bind, setting, tenant } = values;
  const column = values['tenant-column'];
  const [a, b, ...more] = tenant ?? [];
  if (tenant && (a === undefined || b === undefined || a === b || more.length > 0)) {
    throw invalid('Give --tenant twice, with two different tenants.');
  }
  return {
    adminUrl: need(values['admin-url'] ?? env.DATABASE_ADMIN_URL, '--admin-url'),
    appUrl: need(values.url ?? env.DATABASE_URL, '--url'),
    inPlace: values['in-place'] ?? false,
    accept: (values.accept ?? []).map(acceptedLeak),
    ...(bind === undefined ? {} : { bind }),
    ...(setting === undefined ? {} : { setting }),
    ...(column === undefined ? {} : { tenantColumn: column }),
    ...(a !== undefined && b !== undefined ? { tenants: [a, b] as const } : {}),
  };
}

function acceptedLeak(text: string): AcceptedLeak {
  const [, name = '', object, reason = ''] = /^([a-z-]+)(?::(.+?))?=(.+)$/s.exec(text) ?? [];
  const operation = OPERATIONS.find((one) => one === name);
  if (!operation) throw invalid(`--accept wants OPERATION[:OBJECT]=REASON, not ${text}.`);
  return { operation, reason, ...(object === undefined ? {} : { object }) };
}

function need(value: string | undefined, name: string): string {
  if (value) return value;
  throw invalid(`Give ${name}.`);
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}

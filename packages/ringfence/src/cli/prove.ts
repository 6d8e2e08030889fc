import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { RingfenceConfig } from '../config/index.js';
import { RingfenceError } from '../errors/index.js';
import { keyringFromEnvironment } from '../postgres/index.js';
import {
  type AcceptedLeak,
  htmlReport,
  mutate,
  mutationHtmlReport,
  mutationReport,
  OPERATIONS,
  type ProveOptions,
  prove,
  terminalReport,
} from '../prover/index.js';
import { loadConfig } from './load-config.js';
import { writeEvidence } from './prove-evidence.js';
import { proveHttpCommand } from './prove-http.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence prove --admin-url URL --url URL [options]

Attacks a copy of the database with two tenants, as the application's own login.

  --admin-url URL     seeds and reads the truth (DATABASE_ADMIN_URL): a superuser,
                      or the tables' owner with CREATEDB
  --alone             no administrator: two --tenant, with the rows they have,
                      attack each other in transactions that are rolled back
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
  --html FILE         the matrix, or what became of the mutants, as one
                      self-contained page
  --evidence FILE     the results, signed; see ringfence verify-evidence
  --key FILE          the ed25519 key to sign with, made when it is not there
                      (default ringfence-prover.pem)
  --config FILE       default ringfence.config.ts, .mts, .js, .mjs or .json of
                      this folder; what stands here wins over it

Exit codes: 0 proven, 1 leaked, 2 could not run. Over HTTP: ringfence prove --http --help.`;

const OPTIONS = {
  'admin-url': { type: 'string' },
  alone: { type: 'boolean' },
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
  config: { type: 'string' },
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
  const config = await loadConfig(values.config, terminal);
  const options = proveOptions(values, config, terminal);
  const html = values.html ?? config.prove?.html;
  const evidence = values.evidence ?? config.prove?.evidence;
  const key = values.key ?? config.prove?.key;
  if (values.mutate) {
    const adminUrl = need(options.adminUrl, '--admin-url');
    const perKind = values['per-kind'] === undefined ? {} : { perKind: Number(values['per-kind']) };
    const mutation = await mutate({ ...options, adminUrl, ...perKind });
    // The files that the configuration names are the proof's.
    if (values.html) writeFileSync(values.html, mutationHtmlReport(mutation));
    if (values.evidence) {
      writeEvidence(values.evidence, key, { schema: mutation.subject.schemaSha256 }, mutation);
    }
    const { results, summary } = mutation;
    terminal.out(values.json ? JSON.stringify(mutation, null, 2) : mutationReport(results));
    return summary.survived > 0 ? 1 : 0;
  }
  const proof = await prove(options);
  if (html) writeFileSync(html, htmlReport(proof));
  if (evidence) writeEvidence(evidence, key, { schema: proof.subject.schemaSha256 }, proof);
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

/** The command line, then the file, then the environment. */
function proveOptions(
  values: ReturnType<typeof parse>,
  { tenantColumn, prove: file = {} }: RingfenceConfig,
  { env }: Terminal,
): ProveOptions {
  // The one of the two that says how to bind takes the place of both in the file.
  const here = values.bind !== undefined || values.setting !== undefined;
  const { bind, setting } = here ? values : file;
  const column = values['tenant-column'] ?? tenantColumn;
  const tenants = values.tenant ? twoTenants(values.tenant) : file.tenants;
  const adminUrl = values['admin-url'] ?? file.adminUrl ?? env.DATABASE_ADMIN_URL;
  return {
    ...(values.alone
      ? aloneOptions(env)
      : { adminUrl: need(adminUrl, '--admin-url, or --alone with two --tenant') }),
    appUrl: need(values.url ?? file.url ?? env.DATABASE_URL, '--url'),
    inPlace: values['in-place'] ?? file.inPlace ?? false,
    accept: [...(file.accept ?? []), ...(values.accept ?? []).map(acceptedLeak)],
    ...(bind === undefined ? {} : { bind }),
    ...(setting === undefined ? {} : { setting }),
    ...(column === undefined ? {} : { tenantColumn: column }),
    ...(tenants === undefined ? {} : { tenants }),
  };
}

/** Nothing can be stored for this run, so the application's own key signs, where it has one. */
function aloneOptions(env: Terminal['env']): Pick<ProveOptions, 'contextKey'> {
  const { RINGFENCE_CONTEXT_KEYS: keys, RINGFENCE_CONTEXT_KEYS_FILE: file } = env;
  if (!keys && !file) return {};
  return { contextKey: keyringFromEnvironment(env).signingKey() };
}

function twoTenants([a, b, ...more]: readonly string[]): readonly [string, string] {
  if (a !== undefined && b !== undefined && a !== b && more.length === 0) return [a, b];
  throw invalid('Give --tenant twice, with two different tenants.');
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

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RingfenceError } from '../errors/index.js';
import {
  type HttpCredentials,
  type HttpProof,
  httpHtmlReport,
  proveHttp,
} from '../prover/index.js';
import { writeEvidence } from './prove-evidence.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence prove --http OPENAPI --a FILE --b FILE [options]

Attacks a running server with two tenants: every route × every id that the other one
was seen to have. It writes and deletes where the server lets it: use a test server.

  --http OPENAPI    URL or file of the OpenAPI 3 document
  --base-url URL    where the server is, when the document does not say
  --a FILE, --b FILE   JSON: { "token" } or { "login": { "path", "body" } } or
                    { "headers" }, and optionally "tenant" (for the tenant header)
                    and "host"
  --tenant-header N default x-tenant
  --per-second N    default 100
  --most N          requests at all, default 20000
  --this-is-mine    the server is on another machine, and it is yours
  --json            one JSON document instead of lines
  --html FILE       routes × checks as one self-contained page
  --evidence FILE, --key FILE   as for ringfence prove

Exit codes: 0 proven, 1 leaked, 2 could not run.`;

/** `ringfence prove --http`. */
export async function proveHttpCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  if (args.includes('--help')) {
    terminal.out(USAGE);
    return 0;
  }
  const values = parse(args);
  const number = (text: string | undefined, fallback: number): number => {
    const value = text === undefined ? fallback : Number(text);
    if (Number.isFinite(value) && value > 0) return value;
    throw invalid(`${text} is no number.`);
  };
  const baseUrl = values['base-url'];
  const proof = await proveHttp({
    openapi: values.http ?? '',
    a: credentials(values.a, '--a'),
    b: credentials(values.b, '--b'),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    tenantHeader: values['tenant-header'] ?? 'x-tenant',
    perSecond: number(values['per-second'], 100),
    most: number(values.most, 20_000),
    thisIsMine: values['this-is-mine'] ?? false,
  });
  if (values.html) writeFileSync(values.html, httpHtmlReport(proof));
  if (values.evidence) {
    writeEvidence(values.evidence, values.key, { openapi: proof.documentSha256 }, proof);
  }
  if (values.json) terminal.out(JSON.stringify(proof, null, 2));
  else for (const line of lines(proof)) terminal.out(line);
  return proof.summary.leaked > 0 ? 1 : 0;
}

function lines({ server, requests, summary, findings, timing }: HttpProof): string[] {
  const told = findings.filter(({ verdict }) => verdict !== 'proven');
  return [
    `${server}: ${summary.routes} routes, ${requests} requests`,
    ...told.map(
      ({ verdict, route, check, detail, attacker, victim }) =>
        `${verdict.toUpperCase()} ${route} ${check} (${attacker} against ${victim}): ${detail}`,
    ),
    ...timing
      .filter(({ p }) => p < 0.01)
      .map(
        ({ route, foreignMedianMs, absentMedianMs, p, samples }) =>
          `time ${route}: foreign ${foreignMedianMs} ms, absent ${absentMedianMs} ms (p = ${p}, ${samples} pairs)`,
      ),
    `${summary.proven} proven, ${summary.leaked} leaked, ${summary.notProvable} not provable`,
  ].map((line) => line.replace(/[\p{Cc}\p{Cf}]/gu, '?'));
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      options: {
        http: text,
        'base-url': text,
        a: text,
        b: text,
        'tenant-header': text,
        'per-second': text,
        most: text,
        'this-is-mine': { type: 'boolean' },
        json: { type: 'boolean' },
        html: text,
        evidence: text,
        key: text,
      },
    }).values;
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

/** From a file, not from the command line: every user of a machine sees those. */
function credentials(file: string | undefined, name: string): HttpCredentials {
  if (file === undefined) throw invalid(`Give ${name}.`);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as HttpCredentials;
  } catch {
    throw invalid(`${file} holds no JSON.`);
  }
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import {
  type AuditDatabase,
  type ChainName,
  type ChainReport,
  exportAuditLog,
  retainAuditLog,
  Sealer,
  verifyAuditLog,
} from '../audit-log/index.js';
import { parseTenantId } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import { keyringFromEnvironment, keyringFromFile } from '../postgres/index.js';
import { fingerprint, publicHalf, signingKey } from '../signing/index.js';
import { quoteIdentifier, roleNames } from '../sql/index.js';
import { auditDatabase } from './audit-log-database.js';
import { checkpointSink, linesOf } from './checkpoint-file.js';
import type { ExitCode, Terminal } from './terminal.js';

const USAGE = `ringfence audit-log seal | verify | export | retain

  seal     seals what was written since the last time, and signs how far it is
    --watch              go on, every --interval seconds (default 2), until it is stopped
  verify   compares the log with its seals, and those with what was signed
  export   writes the log of one tenant to the standard output
    --tenant ID          whose; "platform" for the platform's own acts
    --format FORMAT      jsonl (default) or csv
  retain   drops months that are old enough and wholly sealed; needs --url of a login that may become
           the owner (DATABASE_MIGRATION_URL)
    --older-than DAYS    how old their last row must be at least
    --apply              do it; without it, only say what would be done
    --prefix NAME        of the group roles, when it is not ringfence

  --url URL            a login of the sealer role (DATABASE_SEALER_URL)
  --keyring FILE       proves the tenants that are bound in turn (RINGFENCE_CONTEXT_KEYS_FILE)
  --signing-key FILE   ed25519, made when it is missing (default ringfence-audit-log.pem)
  --checkpoints FILE   where signed statements go to and are compared from; - is the standard output.
                       Keep it where nobody who may change the database can change it.
  --key FINGERPRINT    verify: who may have signed, more than once if need be; without it the first
                       signer of the file is believed, and without a file nobody
  --tenant ID          verify: only this one
  --json               one JSON document instead of lines

Exit codes: 0 done and intact, 1 something was altered, cut or not signed, or a month that is old enough
is not wholly sealed, 2 it could not run.`;

type Values = ReturnType<typeof parse>['values'];

/** `ringfence audit-log`: seals, verifies, exports and shortens the log of what people did. */
export async function auditLogCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parse(args);
  const [verb] = positionals;
  if (values.help || verb === undefined) {
    terminal.out(USAGE);
    return values.help ? 0 : 2;
  }
  if (verb === 'retain') return retain(values, terminal);
  const run = { seal, verify, export: exportLog }[verb];
  if (!run) throw invalid(`No command audit-log ${verb}.`);
  const database = auditDatabase({
    url: values.url ?? need(terminal.env.DATABASE_SEALER_URL, '--url'),
    keyring: values.keyring
      ? keyringFromFile(values.keyring)
      : keyringFromEnvironment(terminal.env),
  });
  try {
    return await run(values, terminal, database);
  } finally {
    await database.end();
  }
}

async function seal(
  values: Values,
  terminal: Terminal,
  database: AuditDatabase,
): Promise<ExitCode> {
  const file = need(values.checkpoints, '--checkpoints');
  const key = signingKey(values['signing-key'] ?? DEFAULT_KEY);
  const say = file === '-' ? () => undefined : terminal.out;
  const sealer = new Sealer({ database, key, sink: checkpointSink(file, terminal) });
  say(`signing as ${fingerprint(publicHalf(key))}`);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, onSignal);
  // A parent that dies counts as a signal.
  process.once('disconnect', onSignal);
  try {
    for (;;) {
      const done = await sealer.round().catch((error: unknown) => {
        if (!values.watch) throw error;
        // The database may be away for a while; what was not sealed is sealed then.
        say(`not sealed: ${(error as Error).message}`);
        return undefined;
      });
      if (done && (done.rows > 0 || !values.watch)) {
        say(`sealed ${done.rows} rows in ${done.chains} chains`);
      }
      if (!values.watch || stop.signal.aborted) return 0;
      const pause = 1000 * Number(values.interval ?? DEFAULT_INTERVAL);
      await sleep(pause, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return 0;
    }
  } finally {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, onSignal);
    process.off('disconnect', onSignal);
  }
}

async function verify(
  values: Values,
  terminal: Terminal,
  database: AuditDatabase,
): Promise<ExitCode> {
  const { checkpoints: file, key, tenant, json } = values;
  if (file !== undefined && !existsSync(file)) throw invalid(`There is no file ${file}.`);
  const chains: ChainReport[] = [];
  const result = await verifyAuditLog({
    database,
    checkpoints: file === undefined ? undefined : linesOf(file),
    ...(key ? { signers: key } : {}),
    ...(tenant ? { only: [chainOf(tenant)] } : {}),
    report: (chain) => {
      if (json && (chain.findings.length > 0 || chain.unsealed > 0)) chains.push(chain);
      else if (!json) describe(chain, terminal);
    },
  });
  if (json) {
    terminal.out(
      JSON.stringify({ ...result, findings: undefined, reports: chains, found: result.findings }),
    );
    return result.intact ? 0 : 1;
  }
  for (const { kind, chain, seal: at, detail } of result.findings) {
    if (kind.startsWith('chain-')) terminal.out(`${kind}: ${chain} seal ${at}: ${detail}`);
  }
  for (const complaint of result.complaints) terminal.out(`complaint: ${complaint}`);
  for (const { partition, from, to, rows, at } of result.drops) {
    terminal.out(`dropped: ${partition} (${from} to ${to}, ${rows} rows) at ${at}, signed`);
  }
  if (result.heads === null) {
    terminal.out('without --checkpoints a cut tail or a chain that was made anew is not seen');
  } else {
    const { heads, signedUntil, signers, unsigned } = result;
    const newest = signedUntil === null ? '' : `the newest of ${signedUntil}, `;
    terminal.out(`${heads} signed heads compared, ${newest}signed by ${signers.join(', ')}`);
    if (unsigned > 0) terminal.out(`gap: ${unsigned} seals are not signed yet`);
  }
  const { rows, chains: count, unsealed, dropped } = result;
  terminal.out(
    `${result.intact ? 'intact' : 'NOT INTACT'}: ${count} chains, ${rows} sealed rows, ${dropped} dropped, ${unsealed} not sealed yet`,
  );
  return result.intact ? 0 : 1;
}

function describe(chain: ChainReport, terminal: Terminal): void {
  for (const { kind, seal: at, row, detail } of chain.findings) {
    terminal.out(`${kind}: ${chain.chain} seal ${at}${row ? ` row ${row}` : ''}: ${detail}`);
  }
  if (chain.more > 0) terminal.out(`${chain.chain}: and ${chain.more} more`);
  if (chain.unsealed > 0) {
    terminal.out(
      `gap: ${chain.chain}: ${chain.unsealed} rows since ${chain.oldestUnsealed} are not sealed yet`,
    );
  }
}

async function exportLog(
  values: Values,
  terminal: Terminal,
  database: AuditDatabase,
): Promise<ExitCode> {
  const { format = 'jsonl' } = values;
  if (format !== 'jsonl' && format !== 'csv') throw invalid('--format must be jsonl or csv.');
  const chain = chainOf(need(values.tenant, '--tenant'));
  for await (const line of exportAuditLog({ database, chain, format })) terminal.out(line);
  return 0;
}

async function retain(values: Values, terminal: Terminal): Promise<ExitCode> {
  const days = Number(need(values['older-than'], '--older-than'));
  if (!(days >= 1)) throw invalid('--older-than must be a number of days.');
  const file = need(values.checkpoints, '--checkpoints');
  const client = new pg.Client({
    connectionString: values.url ?? need(terminal.env.DATABASE_MIGRATION_URL, '--url'),
  });
  await client.connect();
  try {
    await client.query(`SET ROLE ${quoteIdentifier(roleNames(values.prefix).owner)}`);
    const partitions = await retainAuditLog({
      client,
      before: new Date(Date.now() - days * 86_400_000),
      key: signingKey(values['signing-key'] ?? DEFAULT_KEY),
      sink: checkpointSink(file, terminal),
      apply: values.apply ?? false,
    });
    if (values.json) terminal.out(JSON.stringify({ partitions }));
    else {
      for (const { partition, rows, unsealed, dropped } of partitions) {
        const how = dropped
          ? 'dropped'
          : unsealed > 0
            ? 'kept: not wholly sealed'
            : 'to be dropped';
        terminal.out(`${partition}: ${rows} rows, ${unsealed} not sealed: ${how}`);
      }
      if (!values.apply) terminal.out('Nothing was done: add --apply.');
    }
    return partitions.some(({ unsealed }) => unsealed > 0) ? 1 : 0;
  } finally {
    await client.end();
  }
}

const DEFAULT_KEY = 'ringfence-audit-log.pem';
const DEFAULT_INTERVAL = 2;

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        keyring: { type: 'string' },
        'signing-key': { type: 'string' },
        checkpoints: { type: 'string' },
        key: { type: 'string', multiple: true },
        tenant: { type: 'string' },
        format: { type: 'string' },
        'older-than': { type: 'string' },
        interval: { type: 'string' },
        prefix: { type: 'string' },
        watch: { type: 'boolean' },
        apply: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw invalid(`${(cause as Error).message.split('. ')[0]}.`);
  }
}

function chainOf(text: string): ChainName {
  return text === 'platform' ? 'platform' : parseTenantId(text);
}

function need(value: string | undefined, name: string): string {
  if (value) return value;
  throw invalid(`Give ${name}.`);
}

function invalid(detail: string): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail });
}

import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { type EmbeddedServer, startEmbeddedServer } from 'ringfence/embedded';
import { MigrationLedger } from 'ringfence/migration';
import { generateContextKey } from 'ringfence/postgres';
import { drawSamples, tenantShares } from '../dataset.js';
import { median } from '../statistics.js';
import { LiveWriters, p95 } from './live-writers.js';
import { scaleDatabase, slugFiles } from './scale-database.js';

const NAME = '20261201090000_slugs';

/** What one run measured. */
interface Measured {
  readonly rows: number;
  readonly plainMs: number;
  /** From the first ring to the last row, and until everybody was verified and switched. */
  readonly backfillMs: number;
  readonly wholeMs: number;
  readonly quiet: number[];
  readonly duringPlain: number[];
  readonly duringBackfill: number[];
  readonly statusMs: number;
  readonly throttled: Map<string, number>;
  readonly problems: string[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '20000' },
      tenants: { type: 'string', default: '200' },
      workers: { type: 'string', default: '2' },
      quiet: { type: 'string', default: '5' },
      output: { type: 'string' },
    },
  });
  const size = { rows: Number(values.rows), tenants: Number(values.tenants) };
  process.env.RINGFENCE_CONTEXT_KEYS ??= generateContextKey();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringfence-scale-'));
  const server = await startSizedServer(folder);
  try {
    const measured = await measure(
      server.adminUrl,
      folder,
      size,
      values.workers,
      Number(values.quiet),
    );
    const report = reportOf(size, values.workers, measured);
    process.stdout.write(report);
    if (values.output) {
      mkdirSync(path.dirname(values.output), { recursive: true });
      writeFileSync(values.output, report);
    }
    if (measured.problems.length > 0) process.exitCode = 1;
  } finally {
    await server.stop();
    // As root it lives outside of the folder.
    rmSync(server.dataFolder, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What somebody gives a server whose data are some gigabytes; PostgreSQL's own are for very little memory. */
const SIZED = { shared_buffers: '2GB', max_wal_size: '8GB', checkpoint_timeout: '15min' };

/** Durable: what a commit costs is part of the comparison. */
async function startSizedServer(folder: string): Promise<EmbeddedServer> {
  const first = await startEmbeddedServer({ folder, durable: true });
  const admin = new pg.Client({ connectionString: first.adminUrl });
  await admin.connect();
  for (const [name, value] of Object.entries(SIZED)) {
    await admin.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  }
  await admin.end();
  await first.stop();
  return startEmbeddedServer({ folder, durable: true });
}

async function measure(
  adminUrl: string,
  folder: string,
  size: { rows: number; tenants: number },
  workers: string,
  quietSeconds: number,
): Promise<Measured> {
  const shares = tenantShares(size);
  const database = await scaleDatabase(adminUrl, shares);
  const admin = new pg.Client({ connectionString: database.admin });
  await admin.connect();
  const writers = new LiveWriters(database.app, drawSamples(shares, 50_000));
  await sleep(2_000);
  writers.take();
  await sleep(quietSeconds * 1_000);
  const quiet = writers.take();

  const plain = slugFiles('plain');
  await admin.query(plain.expand);
  writers.take();
  let began = performance.now();
  const { rowCount } = await admin.query(plain.change);
  const plainMs = performance.now() - began;
  const duringPlain = writers.take();
  // What the plain one has left to the server is not the other one's burden.
  await admin.query('DROP TABLE plain');
  await admin.query('CHECKPOINT');
  await sleep(2_000);

  const throttled = new Map<string, number>();
  const runner = startRunner(writeMigration(folder), workers, database.migration, (reason) => {
    throttled.set(reason, (throttled.get(reason) ?? 0) + 1);
  });
  await runner.begun;
  writers.take();
  began = performance.now();
  let backfillMs = 0;
  const look = setInterval(async () => {
    const { rows } = await admin.query(
      `SELECT count(*) FILTER (WHERE state NOT IN ('verifying', 'ready', 'switched')) = 0 AND count(*) > 0 AS done
       FROM ringfence.migration_tenants`,
    );
    if (rows[0]?.done) backfillMs ||= performance.now() - began;
  }, 250);
  const state = await runner.ended;
  const wholeMs = performance.now() - began;
  clearInterval(look);
  const duringBackfill = writers.take();
  await writers.stop();

  const problems = state === 'soaking' ? [] : [`The migration is ${state}.`];
  const { rows: wrong } = await admin.query<{
    id: string;
    title: string;
    slug: string;
    writes: number;
  }>('SELECT id, title, slug, writes FROM documents');
  for (const { id, title, slug, writes } of wrong) {
    if (slug !== title.toLowerCase()) problems.push(`${id} has not its new shape`);
    if (writes !== (writers.acknowledged.get(id) ?? 0)) problems.push(`${id} has lost a write`);
  }
  const statusMs = await timeStatus(new MigrationLedger(admin));
  await admin.end();
  return {
    rows: rowCount ?? 0,
    plainMs,
    backfillMs: backfillMs || wholeMs,
    wholeMs,
    quiet,
    duringPlain,
    duringBackfill,
    statusMs,
    throttled,
    problems,
  };
}

async function timeStatus(ledger: MigrationLedger): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 11; n += 1) {
    const began = performance.now();
    await ledger.status(NAME);
    times.push(performance.now() - began);
  }
  return median(times);
}

function writeMigration(folder: string): string {
  const place = path.join(folder, NAME);
  mkdirSync(place);
  const { expand, change } = slugFiles('documents');
  const files = {
    'expand.sql': expand,
    'backfill.sql': `-- table: public.documents\n${change} AND id > :after AND id <= :upto;\n`,
    'verify.sql': `SELECT count(*) FILTER (WHERE slug IS DISTINCT FROM lower(title)) AS mismatches,
  NULL::text AS checksum FROM public.documents;\n`,
    'meta.json': JSON.stringify({
      rings: [{ name: 'all', select: { share: 1 } }],
      contract: { soak: '0s' },
    }),
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(place, file), text);
  return place;
}

function startRunner(
  folder: string,
  workers: string,
  url: string,
  onThrottled: (reason: string) => void,
): { begun: Promise<void>; ended: Promise<string> } {
  const child = fork(path.join(import.meta.dirname, 'scale-process.js'), [folder, workers], {
    env: {
      PATH: process.env.PATH,
      RINGFENCE_CONTEXT_KEYS: process.env.RINGFENCE_CONTEXT_KEYS,
      DATABASE_MIGRATION_URL: url,
    },
  });
  let last = 'ended without a word';
  const begun = new Promise<void>((resolve, reject) => {
    child.on('message', (event: { kind: string; reason?: string; code?: string }) => {
      if (event.kind === 'begun') resolve();
      else if (event.kind === 'throttled') onThrottled((event.reason ?? '').replace(/\d+/g, 'n'));
      else if (event.kind === 'trouble') onThrottled(`trouble ${event.code}`);
      else last = event.kind;
    });
    child.once('exit', () => reject(new Error(`The runner ${last}.`)));
  });
  const ended = new Promise<string>((resolve) => child.once('exit', () => resolve(last)));
  return { begun, ended };
}

function reportOf(
  size: { rows: number; tenants: number },
  workers: string,
  measured: Measured,
): string {
  const { rows, plainMs, backfillMs, wholeMs, quiet, duringPlain, duringBackfill } = measured;
  const rate = (ms: number): string => Math.round((rows * 1_000) / ms).toLocaleString('en');
  const share = (ms: number): string => `${Math.round((plainMs / ms) * 100)} %`;
  const latency = (values: readonly number[]): string =>
    `${median(values).toFixed(1)} ms | ${p95(values).toFixed(1)} ms | ${(p95(values) / p95(quiet)).toFixed(2)} × | ${values.length}`;
  const reasons = [...measured.throttled].map(([reason, count]) => `${reason}: ${count} times`);
  return `# Migrations at scale

${size.tenants.toLocaleString('en')} tenants with ${rows.toLocaleString('en')} rows (the largest with 1/n-th of them for the n-th), PostgreSQL 18 that
waits for the disk at each commit (${Object.entries(SIZED)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}), ${os.availableParallelism()} processors
for everything. The rows of a tenant lie all over the table. Four clients write titles meanwhile, each with a pause of 20 ms.
One runner of ${workers} workers with its default settings; the plain UPDATE of the same rows, in a table of its own with
the same trigger, runs in the same run before it, by a superuser whom no policy concerns.

| | time | rows per second | share of the plain UPDATE |
| --- | --- | --- | --- |
| one plain \`UPDATE … WHERE\` | ${(plainMs / 1_000).toFixed(1)} s | ${rate(plainMs)} | |
| backfill, all tenants | ${(backfillMs / 1_000).toFixed(1)} s | ${rate(backfillMs)} | ${share(backfillMs)} |
| until the last one was verified and switched | ${(wholeMs / 1_000).toFixed(1)} s | ${rate(wholeMs)} | ${share(wholeMs)} |

| a write of the application | median | p95 | p95 by quiet | writes |
| --- | --- | --- | --- | --- |
| quiet | ${latency(quiet)} |
| during the plain UPDATE | ${latency(duringPlain)} |
| during the rollout | ${latency(duringBackfill)} |

Status of ${size.tenants.toLocaleString('en')} tenants: ${measured.statusMs.toFixed(1)} ms (median of 11). Held back: ${reasons.join(', ') || 'never'}.
${aims(plainMs / backfillMs, p95(duringBackfill) / p95(quiet))}
${measured.problems.length === 0 ? 'Every row has its new shape, and no acknowledged write is missing.' : measured.problems.slice(0, 20).join('\n')}
`;
}

/** What is aimed at, and whether this run came to it: a figure that was missed is said, not hidden. */
function aims(throughput: number, latency: number): string {
  const reached = (yes: boolean): string => (yes ? 'reached' : '**not reached**');
  return `Aims: 60 % of the plain UPDATE or more: ${reached(throughput >= 0.6)}; p95 of writes at most 1.5 × of quiet: ${reached(latency <= 1.5)}.`;
}

await main();

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { runInTenant, type TenantId } from 'ringfence/context';
import { FairShares, type SlowShare } from 'ringfence/limits';
import { TenantPool } from 'ringfence/postgres';
import { startBenchServer } from './bench-server.js';
import { createDatabase } from './databases.js';
import { drawSamples, type Sample, type TenantShare, tenantShares } from './dataset.js';
import { p95 } from './rollout/live-writers.js';
import { median } from './statistics.js';

const CONNECTIONS = 10;
const TENANTS = 50;
/** What the noisy tenant always has under way: more than the pool has connections, many times over. */
const STORM = 64;
/** Reads everything that the tenant has, and works on it. */
const HEAVY = 'SELECT count(*), max(md5(body)) FROM documents';
const LIGHT = 'SELECT id, title, body FROM documents WHERE id = $1';
/** All quiet tenants together send so many reads a second, whatever becomes of those before. */
const READS_PER_SECOND = 100;

/** What the noisy tenant may do in one phase: nothing, everything, or so many connections at a time. */
interface Phase {
  readonly name: string;
  readonly storm: boolean;
  readonly perTenant?: number;
  readonly slow?: SlowShare;
}

/** As the server has it. */
const SLOW: SlowShare = { ms: 20, perTenant: 1 };

const PHASES: readonly Phase[] = [
  { name: 'quiet', storm: false },
  { name: 'a storm, no shares', storm: true },
  { name: 'a storm, shares of 5', storm: true, perTenant: 5 },
  { name: 'a storm, shares of 2', storm: true, perTenant: 2 },
  { name: 'a storm, shares of 1', storm: true, perTenant: 1 },
  {
    name: "a storm, shares of 5 and of 1 for the slow (the server's default)",
    storm: true,
    perTenant: 5,
    slow: SLOW,
  },
];

/** One phase of one round. */
interface Reading {
  /** Of the quiet tenants' reads, from when each was due, in milliseconds. */
  readonly latencies: readonly number[];
  readonly failed: number;
  /** Statements of the noisy tenant that were answered. */
  readonly heavy: number;
  /** The most connections that it held at one moment, where shares count them. */
  readonly most: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '200000' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '7' },
      output: { type: 'string' },
    },
  });
  const size = { rows: Number(values.rows), tenants: TENANTS };
  const [noisy, ...quiet] = tenantShares(size) as [TenantShare, ...TenantShare[]];
  const quietIds = new Set(quiet.map(({ id }) => id));
  const samples = drawSamples([noisy, ...quiet], 20_000).filter(({ tenantId }) =>
    quietIds.has(tenantId),
  );
  const server = await startBenchServer();
  process.env.RINGFENCE_TEST_ADMIN_URL = server.adminUrl;
  const database = await createDatabase('proven', size);
  try {
    const readings = new Map<string, Reading[]>(PHASES.map(({ name }) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const phase of PHASES) {
        const reading = await run(phase, database.app, noisy.id, samples, Number(values.seconds));
        readings.get(phase.name)?.push(reading);
      }
    }
    const report = reportOf(readings, values.rows, values.seconds, values.rounds);
    process.stdout.write(report);
    if (values.output) {
      mkdirSync(path.dirname(values.output), { recursive: true });
      writeFileSync(values.output, report);
    }
    if (faultsOf(readings).length > 0) process.exitCode = 1;
  } finally {
    await database.drop();
    await server.stop();
  }
}

async function run(
  { storm, perTenant, slow }: Phase,
  connectionString: string,
  noisy: TenantId,
  samples: readonly Sample[],
  seconds: number,
): Promise<Reading> {
  const shares =
    perTenant === undefined
      ? undefined
      : new FairShares({ total: CONNECTIONS, perTenant, ...(slow && { slow }) });
  const pool = new TenantPool({ connectionString, max: CONNECTIONS, ...(shares && { shares }) });
  let [over, heavy, most, failed] = [false, 0, 0, 0];
  const latencies: number[] = [];
  const rage = async (): Promise<void> => {
    while (!over) {
      await runInTenant(noisy, () => pool.query(HEAVY));
      heavy += 1;
    }
  };
  const read = async ({ tenantId, documentId }: Sample, due: number): Promise<void> => {
    try {
      await runInTenant(tenantId, () => pool.query(LIGHT, [documentId]));
      latencies.push(performance.now() - due);
    } catch {
      failed += 1;
    }
  };
  // The statements that are known to a connection, and the storm, are there before anything counts.
  await Promise.all(samples.slice(0, 4 * CONNECTIONS).map((sample) => read(sample, 0)));
  const raging = storm ? Array.from({ length: STORM }, rage) : [];
  await sleep(500);
  latencies.length = 0;
  heavy = 0;
  const reads: Promise<void>[] = [];
  const began = performance.now();
  for (let n = 0; n < seconds * READS_PER_SECOND; n += 1) {
    const due = began + (n * 1000) / READS_PER_SECOND;
    await sleep(Math.max(0, due - performance.now()));
    most = Math.max(most, shares?.heldBy(noisy) ?? 0);
    reads.push(read(samples[n % samples.length] as Sample, due));
  }
  await Promise.all(reads);
  over = true;
  await Promise.all(raging);
  await pool.end();
  return { latencies, failed, heavy, most };
}

/** What must hold however slow the machine is. */
function faultsOf(readings: ReadonlyMap<string, readonly Reading[]>): string[] {
  return PHASES.flatMap(({ name, storm, perTenant }) => {
    const own = readings.get(name) ?? [];
    return [
      ...(own.some(({ failed }) => failed > 0) ? [`${name}: a quiet tenant was refused`] : []),
      ...(own.some(({ most }) => perTenant !== undefined && most > perTenant)
        ? [`${name}: the noisy tenant held more than its share`]
        : []),
      ...(storm && own.some(({ heavy }) => heavy === 0) ? [`${name}: there was no storm`] : []),
    ];
  });
}

function reportOf(
  readings: ReadonlyMap<string, readonly Reading[]>,
  rows: string,
  seconds: string,
  rounds: string,
): string {
  const quiet = readings.get('quiet') ?? [];
  const lines = PHASES.map(({ name }) => {
    const own = readings.get(name) ?? [];
    const p95s = own.map(({ latencies }) => p95(latencies));
    const ratios = p95s.map((value, at) => value / p95(quiet[at]?.latencies ?? []));
    const medians = own.map(({ latencies }) => median(latencies));
    const heavy = median(own.map((reading) => reading.heavy)) / Number(seconds);
    return `| ${name} | ${median(medians).toFixed(2)} ms | ${median(p95s).toFixed(2)} ms | ${median(ratios).toFixed(2)} | ${heavy.toFixed(0)} |`;
  });
  const faults = faultsOf(readings);
  return `# One noisy tenant among ${TENANTS}

${TENANTS - 1} tenants send ${READS_PER_SECOND} reads of one row a second, whatever becomes of those before, through one pool of
${CONNECTIONS} connections; a read's time begins when it was due. The noisy tenant, the largest of ${Number(rows).toLocaleString('en')} skewed rows, keeps
${STORM} statements under way that each read and hash all its rows. ${rounds} rounds of ${seconds} s, the phases in turn; medians over
the rounds. PostgreSQL, the pool and both loads share two processors.

| phase | median of the quiet | p95 of the quiet | p95 against quiet | heavy statements a second |
| --- | --- | --- | --- | --- |
${lines.join('\n')}

${faults.length === 0 ? 'No quiet tenant was refused, and the noisy one never held more than its share.' : faults.join('\n')}
`;
}

await main();

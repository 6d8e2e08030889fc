import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { runInTenant } from 'ringfence/context';
import { startBenchServer } from './bench-server.js';
import { CANDIDATES, SCENARIOS } from './candidates/index.js';
import { createDatabase, deleteInserted } from './databases.js';
import { drawSamples, type Sample, type TenantShare, tenantShares } from './dataset.js';
import { median } from './statistics.js';

/** What may grow, at one moment. */
interface Reading {
  readonly second: number;
  readonly operations: number;
  /** After a garbage collection, in KiB. */
  readonly heap: number;
  readonly backends: number;
  /** Memory of the largest backend, in KiB. */
  readonly backendMemory: number;
}

const CLIENTS = 32;
const CONNECTIONS = 10;
/** What the last third may be above the middle one: a leak goes on growing, warming up does not. */
const ALLOWED_GROWTH = 1.1;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '600' },
      rows: { type: 'string', default: '20000' },
      tenants: { type: 'string', default: '50' },
      output: { type: 'string' },
    },
  });
  const gc = globalThis.gc;
  if (!gc) throw new Error('Run with node --expose-gc.');
  const size = { rows: Number(values.rows), tenants: Number(values.tenants) };
  const perContext = await bytesPerContext(tenantShares(size), gc);
  const server = await startBenchServer();
  process.env.RINGFENCE_TEST_ADMIN_URL = server.adminUrl;
  const database = await createDatabase('proven', size);
  const admin = new pg.Client({ connectionString: database.admin });
  await admin.connect();
  try {
    const readings = await soak(database.app, size, Number(values.seconds), admin, gc);
    await deleteInserted(new Map([['proven', database]]));
    const report = reportOf(readings, perContext);
    process.stdout.write(report);
    if (values.output) {
      mkdirSync(path.dirname(values.output), { recursive: true });
      writeFileSync(values.output, report);
    }
    if (perContext >= 1024 || grown(readings).length > 0) process.exitCode = 1;
  } finally {
    await admin.end();
    await database.drop();
    await server.stop();
  }
}

/** Heap of a tenant context that is open and has nothing to do: 20,000 at once. */
async function bytesPerContext(shares: readonly TenantShare[], gc: () => void): Promise<number> {
  const count = 20_000;
  let finish: () => void = () => undefined;
  const idle = new Promise<void>((resolve) => {
    finish = resolve;
  });
  gc();
  const before = process.memoryUsage().heapUsed;
  const open: Promise<void>[] = new Array(count);
  for (let at = 0; at < count; at += 1) {
    const share = shares[at % shares.length] as TenantShare;
    // A function that waits inside: a promise that came from outside would hold no context at all.
    open[at] = runInTenant(share.id, async () => await idle);
  }
  gc();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  finish();
  await Promise.all(open);
  return bytes;
}

async function soak(
  url: string,
  size: { rows: number; tenants: number },
  seconds: number,
  admin: pg.Client,
  gc: () => void,
): Promise<Reading[]> {
  const name = 'bench soak';
  const candidate = CANDIDATES.proven.make({ url, name, connections: CONNECTIONS });
  const samples = drawSamples(tenantShares(size), 5000);
  const begun = performance.now();
  const end = begun + seconds * 1000;
  let operations = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const scenario = SCENARIOS[operations % SCENARIOS.length] ?? 'read';
      await candidate[scenario](samples[operations % samples.length] as Sample);
      operations += 1;
    }
  };
  const clients = Array.from({ length: CLIENTS }, client);
  const readings: Reading[] = [];
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / 30));
    const { rows } = await admin.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE application_name = $1',
      [name],
    );
    gc();
    readings.push({
      second: Math.round((performance.now() - begun) / 1000),
      operations,
      heap: Math.round(process.memoryUsage().heapUsed / 1024),
      backends: rows.length,
      backendMemory: Math.max(0, ...rows.map(({ pid }) => memoryOf(pid))),
    });
  }
  await Promise.all(clients);
  await candidate.end();
  return readings;
}

/** Private memory of a process in KiB, as Linux tells; 0 elsewhere. */
function memoryOf(pid: number): number {
  try {
    return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

/** What is larger in the last third of the run than in the middle one. */
function grown(readings: readonly Reading[]): string[] {
  const third = Math.floor(readings.length / 3);
  const [middle, last] = [readings.slice(third, 2 * third), readings.slice(2 * third)];
  return (['heap', 'backends', 'backendMemory'] as const).filter((what) => {
    const of = (part: readonly Reading[]): number => median(part.map((each) => each[what]));
    return of(last) > of(middle) * ALLOWED_GROWTH;
  });
}

function reportOf(readings: readonly Reading[], perContext: number): string {
  const found = grown(readings);
  const lines = readings.map(
    ({ second, operations, heap, backends, backendMemory }) =>
      `| ${second} | ${operations} | ${heap} | ${backends} | ${backendMemory} |`,
  );
  return `# Mixed load of ${CLIENTS} clients

${found.length === 0 ? 'Nothing grows.' : `Grows: ${found.join(', ')}.`} One idle tenant context takes ${perContext.toFixed(0)} bytes of heap.

| second | operations | heap after gc, KiB | connections | largest backend, KiB |
|---|---|---|---|---|
${lines.join('\n')}
`;
}

await main();

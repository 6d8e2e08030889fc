import { writeFileSync } from 'node:fs';
import os from 'node:os';
import pg from 'pg';
import type { TestDatabase } from 'ringfence/testing';
import { startBenchServer } from './bench-server.js';
import { CANDIDATES, type CandidateName } from './candidates/index.js';
import { checkCandidates, checkCells } from './check.js';
import { CrewMember } from './crew.js';
import { createDatabase, deleteInserted, type Tenancy } from './databases.js';
import { startDelayProxy } from './delay-proxy.js';
import { type Cell, measure } from './measure.js';
import { type BenchSettings, CONNECTIONS, readSettings } from './settings.js';
import { scenarioTable, verdictTable } from './table.js';
import { judge } from './targets.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Plain `pg` is what `pg` through the pool is compared with; all others with plain Prisma. */
function baseOf(candidate: string): CandidateName {
  return candidate.startsWith('pg') ? 'pg' : 'prisma';
}

async function benchmark(settings: BenchSettings): Promise<void> {
  const server = await startBenchServer();
  const databases = new Map<Tenancy, TestDatabase>();
  const admin = new pg.Client({ connectionString: server.adminUrl });
  await admin.connect();
  try {
    const { rows: versions } = await admin.query('SHOW server_version');
    print(`PostgreSQL ${versions[0].server_version}, Node ${process.version}`);
    print(`${settings.size.rows} documents of ${settings.size.tenants} tenants`);
    for (const { tenancy } of settings.candidates.map((name) => CANDIDATES[name])) {
      if (databases.has(tenancy)) continue;
      process.env.RINGFENCE_TEST_ADMIN_URL = server.adminUrl;
      databases.set(tenancy, await createDatabase(tenancy, settings.size));
    }
    const cells: Cell[] = [];
    for (const delay of settings.delays) {
      cells.push(...(await measureOver(delay, settings, databases, admin)));
    }
    const verdicts = judge(cells);
    if (settings.smoke) checkCells(cells);
    else print(verdictTable(verdicts));
    const machine = { cpus: os.cpus().length, cpu: os.cpus()[0]?.model, node: process.version };
    const postgres = versions[0].server_version;
    writeFileSync(
      settings.output,
      `${JSON.stringify({ machine, postgres, settings, cells, verdicts }, undefined, 1)}\n`,
    );
    print(settings.smoke ? '\nsmoke run passed' : `\nwritten to ${settings.output}`);
  } finally {
    for (const database of databases.values()) await database.drop();
    await admin.end();
    await server.stop();
  }
}

async function measureOver(
  delay: number,
  { candidates, scenarios, clients, rounds, milliseconds, warmUp, size, smoke }: BenchSettings,
  databases: ReadonlyMap<Tenancy, TestDatabase>,
  admin: pg.Client,
): Promise<Cell[]> {
  const proxy = delay > 0 ? await startDelayProxy(anyUrl(databases), delay) : undefined;
  const crew = candidates.map((candidate) => {
    const url = new URL(databases.get(CANDIDATES[candidate].tenancy)?.app ?? '');
    if (proxy) url.port = new URL(proxy.url).port;
    return new CrewMember({ candidate, url: url.href, connections: CONNECTIONS, size }, admin);
  });
  try {
    const cells: Cell[] = [];
    await checkCandidates(crew);
    // Compiled code first: a cold process is three times slower, and not what is asked.
    for (const member of crew) {
      for (const scenario of scenarios) await member.run(scenario, 4, warmUp);
    }
    for (const scenario of scenarios) {
      for (const count of clients) {
        const measurement = { scenario, clients: count, delay, rounds, milliseconds };
        const measured = await measure(crew, baseOf, measurement);
        if (!smoke) print(scenarioTable(measured));
        cells.push(...measured);
      }
      // What was written goes again, or the next measurement is of other tables.
      if (scenario === 'insert') await deleteInserted(databases);
    }
    return cells;
  } finally {
    for (const member of crew) await member.end();
    proxy?.stop();
  }
}

function anyUrl(databases: ReadonlyMap<Tenancy, TestDatabase>): string {
  const [database] = databases.values();
  return database?.app ?? '';
}

await benchmark(readSettings(process.argv.slice(2)));

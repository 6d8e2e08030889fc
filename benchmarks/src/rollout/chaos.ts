import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parseTenantId } from 'ringfence/context';
import { type EmbeddedServer, startEmbeddedServer } from 'ringfence/embedded';
import { generateContextKey } from 'ringfence/postgres';
import { seededRandom } from '../dataset.js';
import { chaosDatabase, writeMigration } from './chaos-database.js';
import { type ChaosSettings, chaosSettings } from './chaos-settings.js';
import { ChaosWriter } from './chaos-writer.js';
import { type CuttingProxy, cuttingProxy } from './cutting-proxy.js';

/** Longer than a lease, so that somebody else has taken over when it goes on. */
const PAUSED_MS = 3_000;
const FULL_MS = 400;
/** How many of the looks at it are followed by a blow. */
const BLOWS = 0.5;

/** What was done how often, and what it came to. */
interface ChaosResult {
  readonly done: Map<string, number>;
  readonly rounds: number;
  readonly rows: number;
  readonly writes: number;
  readonly problems: string[];
}

/** Rolls migrations out, one after the other, and breaks things meanwhile. */
class Chaos {
  readonly done = new Map<string, number>();
  readonly #random: () => number;
  #runners: ChildProcess[] = [];
  #paused = new Set<ChildProcess>();
  #server!: EmbeddedServer;
  #proxy!: CuttingProxy;
  #admin!: pg.Client;
  #database!: Awaited<ReturnType<typeof chaosDatabase>>;
  readonly #stderr: string[] = [];

  constructor(
    private readonly settings: ChaosSettings,
    private readonly folder: string,
  ) {
    this.#random = seededRandom(settings.seed);
  }

  async run(): Promise<ChaosResult> {
    this.#server = await startEmbeddedServer({ folder: this.folder, durable: true });
    this.#database = await chaosDatabase(this.#server.adminUrl, this.settings);
    this.#proxy = await cuttingProxy(this.#database.migration);
    this.#admin = await this.#connect();
    const { rows } = await this.#admin.query<{ tenant: string; id: string }>(
      'SELECT tenant_id AS tenant, id FROM notes ORDER BY tenant_id, id',
    );
    const writer = new ChaosWriter(
      this.#database.app,
      rows.map(({ tenant, id }) => ({ tenant: parseTenantId(tenant), id })),
    );
    writer.start();
    let rounds = 0;
    try {
      // The last round ends in peace, so that there is an end to be looked at.
      while (this.#broken() < this.settings.kills || rounds === 0) {
        rounds += 1;
        await this.#round(rounds);
      }
    } finally {
      for (const runner of this.#runners) runner.kill('SIGKILL');
      await writer.stop();
    }
    const problems = await this.#problems(rounds, writer);
    await this.#admin.end();
    await this.#proxy.stop();
    await this.#server.stop();
    // As root it lives outside of the folder.
    rmSync(this.#server.dataFolder, { recursive: true, force: true });
    const writes = [...writer.expected.values()].reduce((sum, { certain }) => sum + certain, 0);
    return { done: this.done, rounds, rows: rows.length, writes, problems };
  }

  async #round(round: number): Promise<void> {
    const { name, folder } = writeMigration(this.folder, round);
    this.#runners = [];
    const until = Date.now() + 600_000;
    for (;;) {
      if (Date.now() > until)
        throw new Error(`Round ${round} does not end: ${this.#stderr.at(-1)}`);
      this.#runners = this.#runners.filter(alive);
      while (this.#runners.length < this.settings.runners) this.#runners.push(this.#start(folder));
      await sleep(150 + this.#random() * 500);
      if ((await this.#state(name)) === 'soaking') break;
      // Between blows it comes further, and so to more of its stages.
      if (this.#broken() < this.settings.kills && this.#random() < BLOWS)
        await this.#breakSomething(name, folder);
    }
    for (const runner of this.#runners) runner.kill('SIGKILL');
  }

  async #breakSomething(name: string, folder: string): Promise<void> {
    const ways: [string, () => Promise<void> | void][] = [
      ['kill -9 of a runner', () => void this.#one().kill('SIGKILL')],
      ['kill -9 of a runner', () => void this.#one().kill('SIGKILL')],
      ['pause of a runner past its leases', () => this.#pause(this.#one())],
      ['another runner by mistake', () => void this.#runners.push(this.#start(folder))],
      ['end of a backend', () => this.#endBackend()],
      ['end of a backend', () => this.#endBackend()],
      ['cut of all wires', () => this.#proxy.cut()],
      ['wires that carry nothing any more', () => this.#proxy.swallow()],
      ['full disk', () => this.#fillDisk()],
      ['kill -9 of PostgreSQL', () => this.#killServer()],
      ['kill switch and release', () => this.#haltAndRelease(name)],
    ];
    const [what, how] = ways[Math.floor(this.#random() * ways.length)] as (typeof ways)[number];
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
    await how();
  }

  #broken(): number {
    return [...this.done.values()].reduce((sum, count) => sum + count, 0);
  }

  #one(): ChildProcess {
    const found = this.#runners[Math.floor(this.#random() * this.#runners.length)];
    if (!found) throw new Error('No runner.');
    return found;
  }

  #start(folder: string): ChildProcess {
    const child = fork(path.join(import.meta.dirname, 'rollout-process.js'), [folder], {
      env: {
        PATH: process.env.PATH,
        RINGFENCE_CONTEXT_KEYS: process.env.RINGFENCE_CONTEXT_KEYS,
        DATABASE_MIGRATION_URL: this.#proxy.url,
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr?.on('data', (data) => this.#stderr.push(String(data).trim()));
    return child;
  }

  async #pause(runner: ChildProcess): Promise<void> {
    if (this.#paused.has(runner)) return;
    this.#paused.add(runner);
    runner.kill('SIGSTOP');
    setTimeout(() => {
      this.#paused.delete(runner);
      runner.kill('SIGCONT');
    }, PAUSED_MS);
  }

  async #endBackend(): Promise<void> {
    const { rows } = await this.#ask<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'ringfence migrate' ORDER BY pid",
    );
    const victim = rows[Math.floor(this.#random() * rows.length)];
    if (victim) await this.#ask('SELECT pg_terminate_backend($1)', [victim.pid]);
  }

  async #fillDisk(): Promise<void> {
    await this.#ask('UPDATE ringfence.chaos SET full_disk = true');
    await sleep(FULL_MS);
    await this.#ask('UPDATE ringfence.chaos SET full_disk = false');
  }

  /** All of it, at once: nothing is written any more, and the log has to repair what there is. */
  async #killServer(): Promise<void> {
    const [pid] = readFileSync(path.join(this.#server.dataFolder, 'postmaster.pid'), 'utf8').split(
      '\n',
    );
    process.kill(Number(pid), 'SIGKILL');
    await this.#server.ended;
    await this.#server.stop();
    await this.#admin.end().catch(() => undefined);
    this.#server = await startEmbeddedServer({ folder: this.folder, durable: true });
    this.#admin = await this.#connect();
  }

  async #haltAndRelease(name: string): Promise<void> {
    const ask = (act: string): Promise<unknown> =>
      this.#ask("SELECT ringfence.ask_migration($1, $2, 'chaos')", [act, name]);
    // Before it is expanded it can be stopped only as a whole.
    await ask('stop').catch(ignoreUnknown);
    await sleep(200);
    await ask('release').catch(ignoreUnknown);
  }

  async #state(name: string): Promise<string | undefined> {
    const { rows } = await this.#ask<{ state: string }>(
      'SELECT state FROM ringfence.migrations WHERE name = $1',
      [name],
    );
    return rows[0]?.state;
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#database.admin });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  #ask<R extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<pg.QueryResult<R>> {
    return this.#admin.query<R>(sql, values);
  }

  /** Compares every row with what it must be, calculated here and not in the database. */
  async #problems(rounds: number, writer: ChaosWriter): Promise<string[]> {
    const { rows } = await this.#ask<
      Record<string, unknown> & { id: string; title: string; writes: number }
    >('SELECT * FROM notes');
    const problems: string[] = [];
    const counts = new Map<string, number>();
    for (const row of rows) {
      const tenant = row.tenant_id as string;
      counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
      for (let round = 1; round <= rounds; round += 1) {
        if (row[`slug_${round}`] !== row.title.toLowerCase()) {
          problems.push(`${row.id}: round ${round} has not its new shape`);
        }
        if (row[`done_${round}`] !== 1) {
          problems.push(`${row.id}: round ${round} was done ${row[`done_${round}`]} times`);
        }
      }
      const { certain = 0, open = 0 } = writer.expected.get(row.id) ?? {};
      if (row.writes < certain || row.writes > certain + open) {
        problems.push(`${row.id}: ${row.writes} writes, of ${certain} and ${open} open ones`);
      }
    }
    const { rows: ledger } = await this.#ask<{
      tenant: string;
      migration: string;
      state: string;
      done: number;
    }>('SELECT tenant, migration, state, rows_done::int AS done FROM ringfence.migration_tenants');
    if (ledger.length !== rounds * counts.size)
      problems.push(`${ledger.length} rows in the ledger`);
    for (const { tenant, migration, state, done } of ledger) {
      if (state !== 'switched') problems.push(`${migration}: ${tenant} is ${state}`);
      if (done !== counts.get(tenant))
        problems.push(`${migration}: ${tenant} has done ${done} rows`);
    }
    return problems;
  }
}

const alive = (child: ChildProcess): boolean =>
  child.exitCode === null && child.signalCode === null;

function ignoreUnknown(error: unknown): void {
  if ((error as { code?: string }).code !== 'RF104') throw error;
}

async function main(): Promise<void> {
  const settings = chaosSettings(process.argv.slice(2));
  process.env.RINGFENCE_CONTEXT_KEYS ??= generateContextKey();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringfence-chaos-'));
  try {
    const result = await new Chaos(settings, folder).run();
    const report = reportOf(settings, result);
    process.stdout.write(report);
    if (settings.output) {
      mkdirSync(path.dirname(settings.output), { recursive: true });
      writeFileSync(settings.output, report);
    }
    if (result.problems.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportOf(settings: ChaosSettings, result: ChaosResult): string {
  const { done, rounds, rows, writes, problems } = result;
  const ways = [...done].sort(([one], [other]) => (one < other ? -1 : 1));
  return `# Migrations while things break

Seed ${settings.seed}: ${rounds === 1 ? 'one migration' : `${rounds} migrations, one after the other,`} over ${settings.tenants} tenants with ${rows} rows, by
${settings.runners} runners of two workers each, while ${writes} writes of the application were acknowledged.

| what was done, at random moments | how often |
| --- | --- |
${ways.map(([what, count]) => `| ${what} | ${count} |`).join('\n')}

Then every row was compared with a calculation of its own: its new shape, that the backfill (which counts, and so is
not idempotent) reached it exactly once, and that no acknowledged write is missing; and every tenant's count in the
ledger with its rows. ${
    problems.length === 0
      ? '**Nothing was lost, doubled or half done.**'
      : `**${problems.length} problems:**\n\n${problems
          .slice(0, 20)
          .map((each) => `- ${each}`)
          .join('\n')}`
  }
`;
}

await main();

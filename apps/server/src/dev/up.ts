import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { RingfenceError } from 'ringfence/errors';
import { TenantPool } from 'ringfence/postgres';
import { accountKeysFile } from './account-keys.js';
import { banner } from './banner.js';
import { contextKeysFile } from './context-keys.js';
import { demoKeysFile } from './demo-keys.js';
import { explain } from './explain.js';
import { isolationCheck } from './isolation-check.js';
import { runMigrations } from './run-migrations.js';
import { seed } from './seed.js';
import { startDatabase } from './start-database.js';
import { startSealer } from './start-sealer.js';
import { startServer } from './start-server.js';
import { readStartSettings, type StartSettings } from './start-settings.js';
import { step } from './step.js';
import { listenForStop, type StopRequest } from './stop-request.js';

type Closers = (() => Promise<void>)[];

/**
 * What `npm start` runs: database, migrations, demo data, server, isolation check; then it waits for
 * Ctrl-C and takes everything down in the opposite order. Ends the process; the exit code is 0 only
 * when somebody asked for the end.
 */
export async function up(): Promise<never> {
  const stop = listenForStop();
  // The terminal may be closed under us, and there is still a server and a database to stop.
  for (const out of [process.stdout, process.stderr]) out.on('error', () => undefined);
  const closers: Closers = [];
  let code = 0;
  try {
    const folder = process.env.INIT_CWD ?? process.cwd();
    await run(readStartSettings(process.env, folder), folder, stop, closers);
  } catch (error) {
    if (!stop.signal.aborted) {
      code = 1;
      process.stderr.write(`\n${explain(error)}\n`);
    }
  }
  if (code === 0) process.stdout.write('\nstopping …\n');
  for (const close of closers.reverse()) {
    await close().catch((error: unknown) => {
      code = 1;
      process.stderr.write(`${explain(error)}\n`);
    });
  }
  if (code === 0) process.stdout.write('stopped\n');
  process.exit(code);
}

async function run(
  settings: StartSettings,
  folder: string,
  stop: StopRequest,
  closers: Closers,
): Promise<void> {
  const { signal } = stop;
  const logFile =
    settings.mode === 'demo' ? path.join(settings.dataFolder, 'server.log') : undefined;
  mkdirSync(settings.dataFolder, { recursive: true });
  // Every pool signs with it: ours here, and the server's.
  process.env.RINGFENCE_CONTEXT_KEYS_FILE =
    settings.contextKeysFile ?? contextKeysFile(settings.dataFolder);

  const title = settings.database ? 'using your PostgreSQL' : 'starting PostgreSQL';
  const database = await step(title, (report) => startDatabase(settings, report));
  closers.push(() => database.stop());
  signal.throwIfAborted();
  await step('migrating', (report) => runMigrations(database, settings, report, signal));
  signal.throwIfAborted();
  await step('checking the database role', () => checkRole(database.app));
  if (settings.mode === 'demo') await step('demo data', (report) => seed(database, report));
  signal.throwIfAborted();
  if (database.sealer !== undefined) {
    const sealer = startSealer({ ...settings, databaseUrl: database.sealer });
    closers.push(() => sealer.stop());
  }
  const keysFile = settings.keysFile ?? demoKeysFile(settings.dataFolder);
  const accountKeys = settings.accountKeysFile ?? accountKeysFile(settings.dataFolder);
  const server = await step('starting the server', () =>
    startServer(
      { ...settings, databaseUrl: database.app, keysFile, accountKeysFile: accountKeys, logFile },
      signal,
    ),
  );
  closers.push(() => server.stop(stop.hurry));
  const { port } = server;
  if (port !== settings.port && settings.port !== 0) {
    process.stdout.write(`    port ${settings.port} is in use by another program: it is ${port}\n`);
  }
  if (settings.mode === 'demo') {
    const line = await isolationCheck(`http://127.0.0.1:${port}`, database.app);
    process.stdout.write(`  isolation: ${line}\n`);
  }
  signal.throwIfAborted();
  process.stdout.write(banner({ ...settings, ...database, port, logFile, folder }));
  await Promise.race([
    stop.asked,
    server.ended.then((how) =>
      fail(`The server ended by itself (${how})${logFile ? `; see ${logFile}` : ''}.`),
    ),
    database.ended.then(() => fail('The database server ended by itself.')),
  ]);
}

/** Before anything is written as this login; the server asks again for itself. */
async function checkRole(url: string): Promise<void> {
  const pool = new TenantPool({ connectionString: url, max: 1 });
  try {
    // Whether a pooler was named is for the server to say: this one connection needs to know of none.
    const problems = (await pool.checkApplicationRole()).filter(
      ({ code }) => code !== 'POOLER_UNDECLARED',
    );
    if (problems.length > 0) fail(problems.map(({ sentence }) => sentence).join('\n'));
  } finally {
    await pool.end();
  }
}

function fail(detail: string): never {
  throw new RingfenceError('START_FAILED', { detail });
}

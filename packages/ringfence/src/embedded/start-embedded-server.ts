import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RingfenceError } from '../errors/index.js';
import type { EmbeddedServer, EmbeddedServerOptions } from './embedded-server.js';
import { choosePort } from './free-port.js';
import { initialiseCluster } from './initialise-cluster.js';
import { takeOwnership } from './owner-lock.js';
import { readPostmaster, shutDown, stopOrphan } from './postmaster.js';
import { SERVER_ENVIRONMENT } from './server-environment.js';
import { type ServerPlace, serverPlace } from './server-place.js';
import { serverSettings } from './server-settings.js';

const ATTEMPTS = 20;
const LOG_LIMIT = 10_000_000;
/** Another program took the port between our choice and the start. */
const PORT_TAKEN = /could not (bind|create any TCP\/IP sockets)/;
/** The server was killed, and its children have not all noticed yet. */
const STILL_ENDING = /pre-existing shared memory block|lock file "postmaster\.pid" already exists/;

/**
 * Starts a real PostgreSQL 18 out of node_modules, for development and tests. It listens on
 * 127.0.0.1 on a free port, asks for a password (scram-sha-256) and belongs to this process: a
 * server that a killed process left behind in the folder is stopped first. As root it runs as the OS
 * user `postgres` or `nobody`, and where that user cannot reach `folder` it lives in
 * `/var/lib/ringfence`, as `<folder>/LOCATION` then says.
 *
 * @throws RingfenceError `EMBEDDED_SERVER_IN_USE` while another process runs one in this folder,
 *   `EMBEDDED_SERVER_FAILED` (with the last lines of the log) when it cannot be started.
 * @example
 * const server = await startEmbeddedServer({ folder: '.ringfence', durable: true });
 * // … connect to server.adminUrl …
 * await server.stop();
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { folder, durable, report = () => undefined } = options;
  const place = serverPlace(folder, report);
  const release = takeOwnership(path.join(place.folder, 'owner'));
  const deleteThrowaway = (): void => {
    if (!durable) rmSync(place.dataFolder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await stopOrphan(place.dataFolder, report);
    deleteThrowaway();
    const password = await initialiseCluster(place, durable);
    const { child, port } = await startServer(place, durable);
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const exited = (): boolean => child.exitCode !== null || child.signalCode !== null;
    // A process that ends without stop() (an uncaught error) takes its server along.
    const farewell = (): void => void child.kill('SIGINT');
    process.once('exit', farewell);
    const stop = async (): Promise<void> => {
      if (child.pid !== undefined) await shutDown(child.pid, exited);
      await ended;
      process.removeListener('exit', farewell);
      deleteThrowaway();
      release();
    };
    let stopping: Promise<void> | undefined;
    return {
      adminUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      port,
      dataFolder: place.dataFolder,
      ended,
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

async function startServer(
  place: ServerPlace,
  durable: boolean,
): Promise<{ child: ChildProcess; port: number }> {
  const remembered = path.join(place.folder, 'port');
  let log = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = await choosePort(attempt === 0 ? readNumber(remembered) : undefined);
    const child = spawnServer(place, port, durable);
    if (await becomesReady(child, place.dataFolder)) {
      writeFileSync(remembered, String(port));
      return { child, port };
    }
    log = logTail(place);
    if (STILL_ENDING.test(log)) await sleep(250);
    else if (!PORT_TAKEN.test(log)) break;
  }
  throw new RingfenceError('EMBEDDED_SERVER_FAILED', { detail: `Its log ends with:\n${log}` });
}

function spawnServer(place: ServerPlace, port: number, durable: boolean): ChildProcess {
  const file = logFile(place);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const log = openSync(file, size > LOG_LIMIT ? 'w' : 'a', 0o600);
  try {
    writeFileSync(log, `--- start on port ${port}\n`);
    return spawn(
      path.join(place.bin, 'postgres'),
      ['-D', place.dataFolder, ...serverSettings(port, durable)],
      {
        ...place.user.ids,
        cwd: '/',
        env: SERVER_ENVIRONMENT,
        stdio: ['ignore', log, log],
        // A session of its own: Ctrl-C reaches us only, and we stop it when its users are done.
        detached: true,
      },
    );
  } finally {
    closeSync(log);
  }
}

/** Waits until the server says in `postmaster.pid` that it accepts connections, or has ended. */
async function becomesReady(child: ChildProcess, dataFolder: string): Promise<boolean> {
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  while (!failed && child.exitCode === null && child.signalCode === null) {
    const postmaster = readPostmaster(dataFolder);
    if (postmaster?.ready && postmaster.pid === child.pid) return true;
    await sleep(10);
  }
  return false;
}

const logFile = (place: ServerPlace): string => path.join(place.folder, 'server.log');

function logTail(place: ServerPlace): string {
  const lines = readFileSync(logFile(place), 'utf8').trimEnd().split('\n');
  const start = lines.findLastIndex((line) => line.startsWith('--- start'));
  return lines
    .slice(start + 1)
    .slice(-10)
    .join('\n');
}

function readNumber(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

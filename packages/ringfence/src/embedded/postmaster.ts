import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RingfenceError } from '../errors/index.js';

/** What a running server writes about itself into `postmaster.pid`. */
interface Postmaster {
  readonly pid: number;
  readonly dataFolder: string;
  readonly ready: boolean;
}

const FAST_SHUTDOWN_MS = 30_000;

/** Reads `postmaster.pid`, or `undefined` when there is none. */
export function readPostmaster(dataFolder: string): Postmaster | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(dataFolder, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined;
  }
  // Source: PostgreSQL, src/include/utils/pidfile.h
  const [pid, folder, , , , , , status] = text.split('\n');
  if (!pid || !folder) return undefined;
  return { pid: Number(pid), dataFolder: folder, ready: status?.trim() === 'ready' };
}

/** Stops the server that a killed owner has left behind in this data directory, if there is one. */
export async function stopOrphan(
  dataFolder: string,
  report: (line: string) => void,
): Promise<void> {
  const postmaster = readPostmaster(dataFolder);
  // The file outlives a crash of the machine, and its pid may be anybody's by now.
  if (!postmaster || !isServerOf(postmaster.pid, dataFolder)) return;
  report('stopping the database server that an earlier run left behind');
  await shutDown(postmaster.pid, () => !isServerOf(postmaster.pid, dataFolder));
}

/**
 * Asks a server for a fast shutdown and waits; after half a minute it is told to drop everything
 * (its log repairs that at the next start).
 *
 * @see PostgreSQL manual, 18.5 "Shutting Down the Server"
 */
export async function shutDown(pid: number, ended: () => boolean): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (ended()) return;
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It ended between the question and the signal.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    for (let waited = 0; waited < FAST_SHUTDOWN_MS; waited += 20) {
      if (ended()) return;
      await sleep(20);
    }
  }
  throw new RingfenceError('EMBEDDED_SERVER_FAILED', {
    detail: `Server process ${pid} does not stop.`,
  });
}

/** Is this process alive, and was it started with this data directory? */
function isServerOf(pid: number, dataFolder: string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return commandLine(pid).includes(dataFolder);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // No /proc on macOS.
    return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  }
}

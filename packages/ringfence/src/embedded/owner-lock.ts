import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { RingfenceError } from '../errors/index.js';

/**
 * Makes this process the one owner of a folder's server and returns the release. The lock of a
 * process that has died is taken over; that is how an orphaned server is told from one in use.
 *
 * @throws RingfenceError `EMBEDDED_SERVER_IN_USE` while another process holds it.
 */
export function takeOwnership(file: string): () => void {
  const mine = describe(process.pid) ?? String(process.pid);
  const mark = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(mark, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      if (link(mark, file)) {
        return () => {
          if (read(file) === mine) rmSync(file, { force: true });
        };
      }
      const holder = read(file);
      if (holder === undefined) continue;
      const pid = Number(holder.split(' ')[0]);
      if (describe(pid) === holder) {
        const detail = `Process ${pid} runs a server in this folder.`;
        throw new RingfenceError('EMBEDDED_SERVER_IN_USE', { detail });
      }
      evict(file, holder);
    }
    throw new RingfenceError('EMBEDDED_SERVER_IN_USE');
  } finally {
    rmSync(mark, { force: true });
  }
}

/** Moves a dead holder's lock away; when somebody was quicker it is theirs by now and goes back. */
function evict(file: string, holder: string): void {
  const away = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, away);
  } catch {
    return;
  }
  if (read(away) !== holder) link(away, file);
  rmSync(away, { force: true });
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** `pid start-time` of a living process: a pid alone is given to another process sooner or later. */
function describe(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  // proc_pid_stat(5): fields 3 (state) and 22 (start time); field 2, in brackets, may hold spaces.
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  // A zombie is dead; in a container whose first process reaps nobody it stays listed for ever.
  return fields[0] === 'Z' ? undefined : `${pid} ${fields[19] ?? ''}`;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePort } from '../../src/embedded/free-port.js';

/** A PgBouncer in transaction mode in front of one login of one database. */
export interface PgBouncer {
  /** The same login, through the pooler. */
  readonly url: string;
  close(): Promise<void>;
}

/** Settings that a test changes; see pgbouncer.ini(5). */
export type PgBouncerSettings = Readonly<Record<string, string | number>>;

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer'].find(existsSync);
/** `nobody` on Debian: PgBouncer refuses to run as root. */
const NOBODY = 65534;

/** Why the tests through PgBouncer cannot run here; `undefined` when they can. */
export const WITHOUT_PGBOUNCER = PROGRAM
  ? undefined
  : 'the program pgbouncer is missing: apt-get install pgbouncer';

/**
 * Starts PgBouncer as Debian ships it (1.18: no prepared statements in transaction mode), with two
 * server connections, so that tenants meet on them.
 */
export async function startPgBouncer(
  target: string,
  settings: PgBouncerSettings = {},
): Promise<PgBouncer> {
  const { hostname, port, username, password } = new URL(target);
  const folder = await mkdtemp(path.join(tmpdir(), 'ringfence-pgbouncer-'));
  await chmod(folder, 0o755);
  const users = path.join(folder, 'users.txt');
  const file = path.join(folder, 'pgbouncer.ini');
  const listen = await choosePort();
  const lines: PgBouncerSettings = {
    listen_addr: '127.0.0.1',
    listen_port: listen,
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: users,
    pool_mode: 'transaction',
    default_pool_size: 2,
    max_client_conn: 500,
    ...settings,
  };
  await writeFile(users, `"${username}" "${decodeURIComponent(password)}"\n`);
  await writeFile(
    file,
    ['[databases]', `* = host=${hostname} port=${port}`, '[pgbouncer]']
      .concat(Object.entries(lines).map(([name, value]) => `${name} = ${value}`))
      .join('\n'),
  );
  const as = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const child = spawn(PROGRAM ?? 'pgbouncer', ['-q', file], { ...as, cwd: '/', stdio: 'ignore' });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  // A test process that ends early must not leave it behind.
  process.once('exit', kill);
  await listening(child, listen);
  const url = new URL(target);
  url.port = String(listen);
  return {
    url: url.href,
    close: async () => {
      process.off('exit', kill);
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true });
    },
  };
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended with code ${child.exitCode}.`);
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      sleep(1000, false),
    ]);
    socket.destroy();
    if (open) return;
    await sleep(20);
  }
}

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { RingfenceError } from '../errors/index.js';

/** The OS user that the server's processes run as; `undefined` ids mean the user of this process. */
export interface ServerUser {
  readonly name: string;
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * PostgreSQL refuses to run as root, so root hands over: to the owner of existing data, else to the
 * OS user `postgres`, else to `nobody`. No user is created.
 *
 * @param dataFolder where data of an earlier start would be.
 */
export function serverUser(dataFolder: string): ServerUser {
  if (process.getuid?.() !== 0) return { name: 'the current user', ids: undefined };
  const owner = statSync(dataFolder, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) {
    return { name: `number ${owner.uid}`, ids: { uid: owner.uid, gid: owner.gid } };
  }
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid && gid) return { name, ids: { uid, gid } };
  }
  throw new RingfenceError('EMBEDDED_SERVER_FAILED', {
    detail: 'Root may not run PostgreSQL, and there is no OS user postgres or nobody to run it as.',
  });
}

/** Runs a program as the server's user and says whether it succeeded. */
export function succeedsAs(user: ServerUser, program: string, args: readonly string[]): boolean {
  // cwd: the current folder may be one that the user cannot enter.
  return spawnSync(program, args, { ...user.ids, cwd: '/', stdio: 'ignore' }).status === 0;
}

function idOf(flag: string, name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout.trim()) : undefined;
}

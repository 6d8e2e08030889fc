import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { RingfenceError } from '../errors/index.js';
import { SERVER_ENVIRONMENT } from './server-environment.js';
import type { ServerPlace } from './server-place.js';

const PASSWORD_FILE = 'ringfence-superuser-password';
const MAJOR_VERSION = '18';
const HALF = 'initdb-';

/**
 * Makes the data directory when there is none, and returns the superuser's password. initdb works
 * under another name and the result is renamed, so a directory named `data` is always a whole one.
 *
 * @throws RingfenceError `EMBEDDED_SERVER_FAILED` when initdb fails or `data` is not ours.
 */
export async function initialiseCluster(place: ServerPlace, durable: boolean): Promise<string> {
  removeHalves(place.folder);
  const passwordFile = path.join(place.dataFolder, PASSWORD_FILE);
  if (existsSync(place.dataFolder)) {
    checkOurs(place.dataFolder);
    return readFileSync(passwordFile, 'utf8').trim();
  }
  const half = path.join(place.folder, `${HALF}${randomBytes(6).toString('hex')}`);
  const given = `${half}.password`;
  const password = randomBytes(24).toString('base64url');
  writeFileSync(given, `${password}\n`, { mode: 0o600 });
  mkdirSync(half, { mode: 0o700 });
  for (const each of [half, given]) {
    if (place.user.ids) chownSync(each, place.user.ids.uid, place.user.ids.gid);
  }
  try {
    await runInitdb(place, half, given, durable);
    renameSync(given, path.join(half, PASSWORD_FILE));
    chmodSync(path.join(half, PASSWORD_FILE), 0o600);
    renameSync(half, place.dataFolder);
  } finally {
    removeHalves(place.folder);
  }
  return password;
}

function runInitdb(
  place: ServerPlace,
  data: string,
  password: string,
  durable: boolean,
): Promise<void> {
  const args = [
    `--pgdata=${data}`,
    '--username=postgres',
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in provider sorts and folds the same on every machine, with no OS locale installed.
    '--no-locale',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(path.join(place.bin, 'initdb'), args, {
      ...place.user.ids,
      cwd: '/',
      env: SERVER_ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const fail = (cause: unknown): void => {
      const last = output.trim().split('\n').slice(-5).join('\n');
      const detail = `initdb failed. ${last}`;
      reject(new RingfenceError('EMBEDDED_SERVER_FAILED', { cause, detail }));
    };
    child.on('error', fail);
    child.on('close', (code) => (code === 0 ? resolve() : fail(undefined)));
  });
}

function checkOurs(dataFolder: string): void {
  const refuse = (detail: string, cause?: unknown): never => {
    throw new RingfenceError('EMBEDDED_SERVER_FAILED', { detail, cause });
  };
  try {
    const version = readFileSync(path.join(dataFolder, 'PG_VERSION'), 'utf8').trim();
    if (version !== MAJOR_VERSION) {
      refuse(`${dataFolder} holds data of PostgreSQL ${version}, not ${MAJOR_VERSION}.`);
    }
    readFileSync(path.join(dataFolder, PASSWORD_FILE));
  } catch (error) {
    if (error instanceof RingfenceError) throw error;
    const denied = (error as NodeJS.ErrnoException).code === 'EACCES';
    refuse(
      denied
        ? `${dataFolder} belongs to another OS user: run as that user or choose another folder.`
        : `${dataFolder} was not made by ringfence: choose another folder.`,
      error,
    );
  }
}

function removeHalves(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(HALF)) continue;
    rmSync(path.join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

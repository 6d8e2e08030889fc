import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { RingfenceError } from '../errors/index.js';
import type { ContextKey } from '../sql/index.js';

/** Where a process finds the key that it signs tenant contexts with. */
export interface Keyring {
  /**
   * The newest key.
   *
   * @throws RingfenceError `CONFIGURATION_INVALID` when there is none.
   */
  signingKey(): ContextKey;
}

/** How often a keyring file is looked at for changes, in milliseconds. */
const LOOK_EVERY_MS = 1000;
const LINE = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]{43,86})$/;

/**
 * Reads a keyring: one `kid:secret` per line or comma, the newest first; secrets are base64url of 32 to
 * 64 bytes.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID`; no secret is in its text.
 * @example
 * parseKeyring('2026-11:q83v…')[0].kid; // 2026-11
 */
export function parseKeyring(text: string): ContextKey[] {
  const keys = text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line, at) => {
      const [, kid, secret] = LINE.exec(line) ?? [];
      if (kid && secret) return { kid, secret: Buffer.from(secret, 'base64url') };
      throw invalid(`Entry ${at + 1} of the keyring is not kid:secret (base64url, 32 bytes).`);
    });
  if (keys.length === 0) throw invalid('The keyring holds no key.');
  return keys;
}

/**
 * Makes a key, as a line for a keyring. Its kid follows from the secret, so that no two keys share one.
 *
 * @example
 * await writeFile('context-keys', `${generateContextKey()}\n`, { mode: 0o600 });
 */
export function generateContextKey(): string {
  const secret = randomBytes(32);
  const kid = createHash('sha256').update('kid').update(secret).digest('hex').slice(0, 12);
  return `${kid}:${secret.toString('base64url')}`;
}

/** Reads a keyring file once. */
export function readKeyring(file: string): ContextKey[] {
  try {
    return parseKeyring(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof RingfenceError) throw cause;
    throw invalid(`The keyring ${file} cannot be read.`, cause);
  }
}

/**
 * Prepares a new key for a keyring file: to be stored in every database, and only then activated, which
 * puts it in front of the others.
 */
export function rotateKeyring(file: string): { key: ContextKey; activate(): void } {
  const old = readFileSync(file, 'utf8');
  const line = generateContextKey();
  const [key] = parseKeyring(line);
  if (!key) throw invalid('No key was made.');
  return {
    key,
    activate: () => {
      // Renamed into place: no process reads half of it.
      const draft = `${file}.${randomBytes(6).toString('hex')}`;
      writeFileSync(draft, `${line}\n${old}`, { mode: 0o600 });
      renameSync(draft, file);
    },
  };
}

/** A keyring file, read again within a second after it has changed: keys rotate without a restart. */
export function keyringFromFile(file: string): Keyring {
  const keys = watchKeyring(file);
  return { signingKey: () => keys()[0] };
}

/**
 * All keys of a keyring file, the newest first, as they stand now: the file is looked at again when the
 * last look is a second old. There is at least one.
 *
 * @returns what answers the keys.
 * @throws RingfenceError `CONFIGURATION_INVALID`, when it is called, for a file that could never be read.
 * @example
 * const keys = watchKeyring('account-keys');
 * const [newest] = keys();
 */
export function watchKeyring(file: string): () => readonly [ContextKey, ...ContextKey[]] {
  let lookAgainAt = 0;
  let version = '';
  let keys: readonly ContextKey[] = [];
  const look = (): void => {
    const { mtimeMs, size, ino } = statSync(file);
    const found = `${mtimeMs} ${size} ${ino}`;
    if (found === version) return;
    keys = parseKeyring(readFileSync(file, 'utf8'));
    version = found;
  };
  return () => {
    const now = Date.now();
    if (now >= lookAgainAt) {
      lookAgainAt = now + LOOK_EVERY_MS;
      try {
        look();
      } catch (cause) {
        // Half-written or away for a moment: the keys read before are as good as they were.
        if (keys.length === 0) throw invalid(`The keyring ${file} cannot be read.`, cause);
      }
    }
    const [newest, ...older] = keys;
    if (!newest) throw invalid(`The keyring ${file} cannot be read.`);
    return [newest, ...older];
  };
}

/**
 * The keyring that the environment names: `RINGFENCE_CONTEXT_KEYS_FILE` (a file), or
 * `RINGFENCE_CONTEXT_KEYS` (the keys themselves).
 */
export function keyringFromEnvironment(env: NodeJS.ProcessEnv = process.env): Keyring {
  if (env.RINGFENCE_CONTEXT_KEYS_FILE) return keyringFromFile(env.RINGFENCE_CONTEXT_KEYS_FILE);
  if (!env.RINGFENCE_CONTEXT_KEYS) {
    throw invalid('Set RINGFENCE_CONTEXT_KEYS_FILE or RINGFENCE_CONTEXT_KEYS.');
  }
  const [newest] = parseKeyring(env.RINGFENCE_CONTEXT_KEYS);
  return { signingKey: () => newest as ContextKey };
}

function invalid(detail: string, cause?: unknown): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail, cause });
}

import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generateContextKey } from 'ringfence/postgres';

/**
 * The key that tenant contexts are signed with, made at the first start and kept. The migration stores
 * what verifies it in the database.
 *
 * @returns the keyring file's path.
 */
export function contextKeysFile(folder: string): string {
  return keyringFile(folder, 'context-keys');
}

/** A keyring of one fresh key, unless it is there already. */
export function keyringFile(folder: string, name: string): string {
  const file = path.join(folder, name);
  if (!existsSync(file)) {
    const draft = `${file}.${randomBytes(6).toString('hex')}`;
    writeFileSync(draft, `${generateContextKey()}\n`, { mode: 0o600 });
    renameSync(draft, file);
  }
  return file;
}

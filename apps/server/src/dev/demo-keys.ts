import { randomBytes } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import { generateSigningKeys, writeSigningKeys } from '../auth/index.js';

/**
 * The demo's signing keys, made at the first start and kept, so that a restart logs nobody out. They
 * are marked as the demo's, and a production server refuses them.
 *
 * @returns the key file's path.
 */
export function demoKeysFile(folder: string): string {
  const file = path.join(folder, 'signing-keys.json');
  if (!existsSync(file)) {
    const draft = `${file}.${randomBytes(6).toString('hex')}`;
    writeSigningKeys(draft, generateSigningKeys({ demo: true }));
    renameSync(draft, file);
  }
  return file;
}

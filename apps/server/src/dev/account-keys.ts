import { keyringFile } from './context-keys.js';

/**
 * The key behind refresh tokens and second factors, made at the first start and kept. No database ever
 * sees it.
 *
 * @returns the keyring file's path.
 */
export function accountKeysFile(folder: string): string {
  return keyringFile(folder, 'account-keys');
}

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { RingfenceError } from '../errors/index.js';

/**
 * Reads the ed25519 key that evidence is signed with (PKCS #8, PEM); makes the file once when it is not
 * there. Its owner alone may read it.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` for a file that holds no such key.
 */
export function signingKey(file: string): KeyObject {
  if (!existsSync(file)) {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
    return privateKey;
  }
  try {
    const key = createPrivateKey(readFileSync(file));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw invalid(file, cause);
  }
  throw invalid(file);
}

/** The public half, as it stands in an evidence file: base64 of its DER form. */
export function publicHalf(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
}

function invalid(file: string, cause?: unknown): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', {
    detail: `${file} holds no ed25519 private key in PEM form.`,
    cause,
  });
}

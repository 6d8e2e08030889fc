import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonical } from './canonical.js';
import { publicHalf } from './signing-key.js';

/** A statement with its signature over the canonical JSON of everything else. */
export type Signed<T> = T & { readonly publicKey: string; readonly signature: string };

/**
 * Signs a statement with an ed25519 key.
 *
 * @example
 * const line = JSON.stringify(signed({ format: 'note/1', text: 'hello' }, signingKey('key.pem')));
 */
export function signed<T extends object>(statement: T, key: KeyObject): Signed<T> {
  const unsigned = { ...statement, publicKey: publicHalf(key) };
  const signature = sign(null, Buffer.from(canonical(unsigned)), key).toString('base64');
  return { ...unsigned, signature };
}

/** Is it what was signed, by the key that it names? Whether that key is to be trusted is another matter. */
export function verifySigned(statement: Signed<object>): boolean {
  const { signature, ...unsigned } = statement;
  try {
    const der = Buffer.from(statement.publicKey, 'base64');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const bytes = Buffer.from(canonical(unsigned));
    return (
      key.asymmetricKeyType === 'ed25519' &&
      verify(null, bytes, key, Buffer.from(signature, 'base64'))
    );
  } catch {
    return false;
  }
}

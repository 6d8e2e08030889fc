import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { RingfenceError } from 'ringfence/errors';
import { z } from 'zod';

/** Injection token of the {@link SigningKeys}. */
export const SIGNING_KEYS = Symbol('SIGNING_KEYS');

const DOCUMENT = z.strictObject({
  demo: z.boolean(),
  keys: z
    .array(
      z.strictObject({
        kid: z.string().regex(/^[\w.-]{1,64}$/),
        privateKeyPem: z.string().optional(),
        publicKeyPem: z.string(),
      }),
    )
    .min(1)
    .max(16),
});

/** What the key file holds. Its first key signs; a key that only verifies may leave its private half out. */
export type SigningKeysDocument = z.infer<typeof DOCUMENT>;

/** The keys of the access tokens, as objects: parsing a PEM text for every token costs a millisecond. */
export interface SigningKeys {
  /** Made by the development start; a production start refuses them. */
  readonly demo: boolean;
  readonly signing: { readonly kid: string; readonly privateKey: KeyObject };
  /** Every key that a token may be verified with, by `kid`. */
  readonly publicKeys: ReadonlyMap<string, KeyObject>;
}

/**
 * Makes a key file's content with one fresh P-256 key. `kid` is the key's thumbprint (RFC 7638).
 *
 * @example
 * writeSigningKeys('keys.json', generateSigningKeys({ demo: false }));
 */
export function generateSigningKeys(options: { readonly demo: boolean }): SigningKeysDocument {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return {
    demo: options.demo,
    keys: [
      {
        kid,
        privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      },
    ],
  };
}

/**
 * Writes a key file that only its owner can read, and never over an existing one: the keys in it
 * would be lost, and with them everybody's session.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` when the file exists or cannot be written.
 */
export function writeSigningKeys(file: string, document: SigningKeysDocument): void {
  try {
    writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw invalid(`The key file could not be written (${codeOf(cause)}).`, cause);
  }
}

/**
 * Reads a key file (JSON: `{ "demo": false, "keys": [{ "kid", "privateKeyPem", "publicKeyPem" }] }`).
 *
 * Keys are rotated without logging anybody out: add the new key behind the old one and restart every
 * server; move it to the front and restart; drop the old one when its last access token has expired.
 *
 * @throws RingfenceError `CONFIGURATION_INVALID` with the reason: unreadable, no JSON, another shape,
 *   a key that is not P-256, halves that do not belong together, a `kid` given twice.
 * @example
 * const keys = readSigningKeys('/run/secrets/jwt-keys.json');
 */
export function readSigningKeys(file: string): SigningKeys {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(`The key file could not be read (${codeOf(cause)}).`, cause);
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // No cause: the parser's message quotes the text, and the text is a private key.
    throw invalid('The key file is not JSON.');
  }
  return parseSigningKeys(document);
}

/** Checks the content of a key file and builds its key objects; see {@link readSigningKeys}. */
export function parseSigningKeys(document: unknown): SigningKeys {
  const parsed = DOCUMENT.safeParse(document);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') || 'its top level';
    throw invalid(`The key file has another shape than expected at ${where}.`);
  }
  const { demo, keys } = parsed.data;
  const publicKeys = new Map<string, KeyObject>();
  let signing: SigningKeys['signing'] | undefined;
  for (const { kid, privateKeyPem, publicKeyPem } of keys) {
    if (publicKeys.has(kid)) throw invalid(`The key file names ${kid} twice.`);
    const publicKey = readKey(kid, 'public', publicKeyPem);
    publicKeys.set(kid, publicKey);
    if (privateKeyPem === undefined) continue;
    const privateKey = readKey(kid, 'private', privateKeyPem);
    if (!createPublicKey(privateKey).equals(publicKey)) {
      throw invalid(`The two halves of key ${kid} do not belong together.`);
    }
    // The first key of the file, not the first one with a private half: a slip must not pass silently.
    if (publicKeys.size === 1) signing = { kid, privateKey };
  }
  if (!signing) throw invalid('The first key of the key file signs and needs its private half.');
  return { demo, signing, publicKeys };
}

function readKey(kid: string, half: 'public' | 'private', pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = half === 'private' ? createPrivateKey(pem) : createPublicKey(pem);
  } catch {
    throw invalid(`The ${half} half of key ${kid} is not a PEM key.`);
  }
  // Only the algorithm of the tokens: any other key would verify nothing, or something else.
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw invalid(`The ${half} half of key ${kid} is not an elliptic-curve key on P-256.`);
  }
  return key;
}

function invalid(detail: string, cause?: unknown): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', { detail, cause });
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? 'unknown';
}

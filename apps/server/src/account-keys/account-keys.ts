import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** Injects the {@link AccountKeys}. */
export const ACCOUNT_KEYS = Symbol('ACCOUNT_KEYS');

/** What a key is used for. Each purpose has keys of its own: one cannot be played off against another. */
export type AccountPurpose = 'refresh-token' | 'second-factor' | 'throttle' | 'person-link';

/** One entry of the keyring. */
export interface AccountKey {
  readonly kid: string;
  readonly secret: Uint8Array;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The secrets of accounts that the database never sees: they make what SQL of the application's own
 * login cannot make, and seal what it must not read. The newest key makes and seals; all of them verify
 * and open, so that keys rotate with an overlap.
 *
 * @see RFC 5869 "HKDF", RFC 2104 "HMAC", NIST SP 800-38D "GCM"
 * @example
 * const keys = new AccountKeys(watchKeyring(config.ACCOUNT_KEYS_FILE));
 * const sealed = keys.seal('second-factor', secret, `${tenantId} ${userId}`);
 */
export class AccountKeys {
  readonly #keys: () => readonly AccountKey[];
  readonly #derived = new WeakMap<AccountKey, Map<AccountPurpose, Buffer>>();

  /** @param keys answers the keyring as it stands now, the newest first. */
  constructor(keys: () => readonly AccountKey[]) {
    this.#keys = keys;
  }

  /** HMAC-SHA-256 of a message, in base64url (43 characters). */
  mac(purpose: AccountPurpose, message: string): string {
    return this.#hmac(this.#newest(), purpose, message).toString('base64url');
  }

  /** Did one of our keys make this MAC of this message? */
  verifyMac(purpose: AccountPurpose, message: string, mac: string): boolean {
    const given = Buffer.from(mac, 'base64url');
    return this.#keys().some((key) => {
      const expected = this.#hmac(key, purpose, message);
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  }

  /**
   * A hash that nobody can make without the key: of values that could be guessed, like addresses. A
   * rotation changes it.
   */
  hash(purpose: AccountPurpose, message: string): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#hmac(this.#newest(), purpose, message));
  }

  /**
   * Encrypts with AES-256-GCM.
   *
   * @param owner whose it is: it opens for nobody else, also when a row is copied.
   * @returns nonce, ciphertext and tag.
   */
  seal(purpose: AccountPurpose, plain: Uint8Array, owner: string): Uint8Array<ArrayBuffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#derive(this.#newest(), purpose), nonce);
    cipher.setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([
      nonce,
      cipher.update(plain),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return new Uint8Array(sealed);
  }

  /** What was sealed; `undefined` when none of our keys sealed it, or not for this owner. */
  open(purpose: AccountPurpose, sealed: Uint8Array, owner: string): Uint8Array | undefined {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const body = sealed.subarray(NONCE_BYTES, -TAG_BYTES);
    for (const key of this.#keys()) {
      const decipher = createDecipheriv(CIPHER, this.#derive(key, purpose), nonce);
      decipher.setAAD(Buffer.from(owner)).setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(body), decipher.final()]);
      } catch {
        // Another key, another owner, or damaged: the tag tells.
      }
    }
    return undefined;
  }

  #newest(): AccountKey {
    const [newest] = this.#keys();
    if (!newest) throw new TypeError('The keyring of accounts is empty.');
    return newest;
  }

  #hmac(key: AccountKey, purpose: AccountPurpose, message: string): Buffer {
    return createHmac('sha256', this.#derive(key, purpose)).update(message).digest();
  }

  #derive(key: AccountKey, purpose: AccountPurpose): Buffer {
    const known = this.#derived.get(key) ?? new Map<AccountPurpose, Buffer>();
    this.#derived.set(key, known);
    const derived =
      known.get(purpose) ??
      Buffer.from(hkdfSync('sha256', key.secret, '', `ringfence accounts: ${purpose}`, 32));
    known.set(purpose, derived);
    return derived;
  }
}

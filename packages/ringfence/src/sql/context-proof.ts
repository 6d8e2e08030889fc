import { createHmac } from 'node:crypto';

/** A key that tenant contexts are signed with. `secret` is 32 to 64 random bytes. */
export interface ContextKey {
  /** Names the key in a proof: 1 to 32 letters, digits, `-` and `_`. */
  readonly kid: string;
  readonly secret: Buffer;
}

/** The block size of SHA-256 in bytes. */
const BLOCK = 64;

/**
 * Proves a tenant id for a short time: `<kid>.<expiry>.<mac>`, where the MAC is HMAC-SHA-256 over
 * `<tenant>.<kid>.<expiry>`. Worthless for any other tenant.
 *
 * @param tenantId the canonical lower-case text of the UUID.
 * @param expiry in seconds since 1970.
 * @see RFC 2104; sql/binder.ts, which verifies it
 */
export function proveContext(key: ContextKey, tenantId: string, expiry: number): string {
  const mac = createHmac('sha256', key.secret).update(`${tenantId}.${key.kid}.${expiry}`);
  return `${key.kid}.${expiry}.${mac.digest('hex')}`;
}

/** The parameters of {@link STORE_KEY_STATEMENT}: what the database keeps to verify proofs. */
export function storedKey(key: ContextKey): [kid: string, innerPad: Buffer, outerPad: Buffer] {
  const pad = (byte: number): Buffer => {
    const block = Buffer.alloc(BLOCK, byte);
    for (const [at, secret] of key.secret.entries()) block[at] = secret ^ byte;
    return block;
  };
  return [key.kid, pad(0x36), pad(0x5c)];
}

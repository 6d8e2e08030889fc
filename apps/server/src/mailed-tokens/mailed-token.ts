import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { maybeTenantId, parseTenantId, type TenantId } from 'ringfence/context';

/** A mailed token as the database knows it: whose it claims to be, and what it hashes to. */
export interface MailedTokenKey {
  /**
   * A hint: it says under which tenant's binding to look, and nothing more. With another tenant's id
   * in front, the right secret finds no row.
   */
  readonly tenantId: TenantId;
  /** SHA-256 of the secret. 256 random bits need no salt and no slow hash. */
  readonly hash: Uint8Array<ArrayBuffer>;
}

const SECRET_BYTES = 32;
const SHAPE = /^([0-9a-f-]{36})\.([\w-]{43})$/;

/** The longest text that can be a mailed token. */
export const MAILED_TOKEN_LENGTH = 36 + 1 + 43;

/**
 * Makes a token to be mailed: `<tenantId>.<43 characters of base64url>`. Every character may stand in
 * the fragment of an address as it is.
 *
 * @example
 * const { token, hash } = newMailedToken(tenantId); // the token goes out, the hash is stored
 */
export function newMailedToken(tenantId: TenantId): MailedTokenKey & { readonly token: string } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { tenantId, hash: hashOf(secret), token: `${tenantId}.${secret}` };
}

/** Reads a mailed token. A text that was never one becomes the key of no token at all. */
export function mailedTokenKey(token: string): MailedTokenKey {
  const [, prefix, secret] = SHAPE.exec(token) ?? [];
  const tenantId = maybeTenantId(prefix);
  if (tenantId && secret) return { tenantId, hash: hashOf(secret) };
  return newMailedToken(parseTenantId(randomUUID()));
}

function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  // The first word keeps the hash from meaning anything in another table.
  return new Uint8Array(createHash('sha256').update(`mailed-token ${secret}`).digest());
}

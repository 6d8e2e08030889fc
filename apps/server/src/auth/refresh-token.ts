import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { maybeTenantId, parseTenantId, type TenantId } from 'ringfence/context';

/** A refresh token as the database knows it: whose it claims to be, and what it hashes to. */
export interface RefreshTokenKey {
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

/**
 * Makes a refresh token: `<tenantId>.<43 characters of base64url>`.
 *
 * @example
 * const { token, hash } = newRefreshToken(tenantId); // the token goes out, the hash is stored
 */
export function newRefreshToken(tenantId: TenantId): RefreshTokenKey & { readonly token: string } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { tenantId, hash: hashOf(secret), token: `${tenantId}.${secret}` };
}

/** Reads a refresh token, or `undefined` for a text that was never one. */
export function parseRefreshToken(token: string): RefreshTokenKey | undefined {
  const [, prefix, secret] = SHAPE.exec(token) ?? [];
  const tenantId = maybeTenantId(prefix);
  return tenantId && secret ? { tenantId, hash: hashOf(secret) } : undefined;
}

/** The key of no token at all: what is looked up in place of a text that is not a refresh token. */
export function decoyRefreshTokenKey(): RefreshTokenKey {
  const { tenantId, hash } = newRefreshToken(parseTenantId(randomUUID()));
  return { tenantId, hash };
}

function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { maybeTenantId, parseTenantId, type TenantId } from 'ringfence/context';
import type { AccountKeys } from '../account-keys/index.js';

/** A refresh token as the database knows it: whose it claims to be, and what it hashes to. */
export interface RefreshTokenKey {
  /**
   * A hint: it says under which tenant's binding to look, and nothing more. With another tenant's id
   * in front, the right secret finds no row.
   */
  readonly tenantId: TenantId;
  /** SHA-256 of the secret. 256 random bits need no salt and no slow hash. */
  readonly hash: Uint8Array<ArrayBuffer>;
  /** What proves that this server issued it, to the owner that its row names. */
  readonly mac: string;
}

/** Whose a refresh token is. */
export interface RefreshTokenOwner {
  readonly userId: string;
  readonly sessionId: string;
}

const SECRET_BYTES = 32;
const SHAPE = /^([0-9a-f-]{36})\.([\w-]{43})\.([\w-]{43})$/;

/**
 * Makes a refresh token: `<tenantId>.<secret>.<mac>`, 43 characters of base64url each.
 *
 * The MAC ties it to tenant, user and session. SQL of the application's login may insert a row with a
 * hash of its choice, or give a token's row to somebody else; the token of such a row is not good.
 *
 * @example
 * const { token, hash } = newRefreshToken(keys, tenantId, { userId, sessionId });
 * // the token goes out, the hash is stored
 */
export function newRefreshToken(
  keys: AccountKeys,
  tenantId: TenantId,
  owner: RefreshTokenOwner,
): RefreshTokenKey & { readonly token: string } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const hash = hashOf(secret);
  const mac = keys.mac('refresh-token', signedText(tenantId, hash, owner));
  return { tenantId, hash, mac, token: `${tenantId}.${secret}.${mac}` };
}

/** Reads a refresh token, or `undefined` for a text that was never one. */
export function parseRefreshToken(token: string): RefreshTokenKey | undefined {
  const [, prefix, secret, mac] = SHAPE.exec(token) ?? [];
  const tenantId = maybeTenantId(prefix);
  return tenantId && secret && mac ? { tenantId, hash: hashOf(secret), mac } : undefined;
}

/** Was this token issued to the owner that its row names? */
export function isIssuedTo(
  keys: AccountKeys,
  { tenantId, hash, mac }: RefreshTokenKey,
  owner: RefreshTokenOwner,
): boolean {
  return keys.verifyMac('refresh-token', signedText(tenantId, hash, owner), mac);
}

/** The key of no token at all: what is looked up in place of a text that is not a refresh token. */
export function decoyRefreshTokenKey(): RefreshTokenKey {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { tenantId: parseTenantId(randomUUID()), hash: hashOf(secret), mac: secret };
}

function signedText(tenantId: TenantId, hash: Uint8Array, owner: RefreshTokenOwner): string {
  const text = Buffer.from(hash).toString('base64url');
  return [tenantId, owner.userId, owner.sessionId, text].join('.');
}

function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}

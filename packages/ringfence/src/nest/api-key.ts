import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { parseTenantId, type TenantId } from '../context/index.js';

/** What every API key begins with, so that scanners of repositories and logs find a leaked one. */
export const API_KEY_PREFIX = 'rfk_';

/** The pattern of a whole key, for such scanners. */
export const API_KEY_PATTERN = /^rfk_[A-Za-z0-9_-]{91}$/;

/** What a key says of itself; only its hash, compared with the stored one, says that it is true. */
export interface ApiKeyClaim {
  readonly tenantId: TenantId;
  readonly keyId: string;
  /** SHA-256 of tenant, id and secret together: 256 random bits need no salt and no slow hash. */
  readonly secretHash: Uint8Array<ArrayBuffer>;
}

/** A key that has just been made. Its text is shown once and stored nowhere. */
export interface NewApiKey extends ApiKeyClaim {
  readonly text: string;
  /** The first characters, by which people tell their keys apart: part of the id, nothing secret. */
  readonly hint: string;
}

const ID_BYTES = 16;
const SECRET_BYTES = 32;
const BODY_BYTES = 2 * ID_BYTES + SECRET_BYTES;
const HINT_LENGTH = API_KEY_PREFIX.length + 8;

/**
 * Makes the text of an API key: `rfk_`, then base64url of key id, tenant id, 32 random bytes and a
 * CRC-32 of those. The checksum lets a scanner tell a key from something that looks like one, and a
 * mistyped key end before the database is asked; it protects nothing.
 *
 * @param keyId a UUID, the id of the key's row.
 * @example
 * const key = newApiKey(tenantId, randomUUID()); // show key.text once, store key.secretHash
 */
export function newApiKey(tenantId: TenantId, keyId: string): NewApiKey {
  const ids = Buffer.from(`${keyId}${tenantId}`.replaceAll('-', ''), 'hex');
  const body = Buffer.concat([ids, randomBytes(SECRET_BYTES)]);
  const text = `${API_KEY_PREFIX}${Buffer.concat([body, checksum(body)]).toString('base64url')}`;
  return { ...claimOf(body), text, hint: text.slice(0, HINT_LENGTH) };
}

/** Reads the text of an API key; `undefined` for anything that was never one. */
export function parseApiKey(text: string): ApiKeyClaim | undefined {
  if (!API_KEY_PATTERN.test(text)) return undefined;
  const bytes = Buffer.from(text.slice(API_KEY_PREFIX.length), 'base64url');
  // Base64 can write the same bytes in several ways: only the one that we write is a key.
  if (API_KEY_PREFIX + bytes.toString('base64url') !== text) return undefined;
  const body = bytes.subarray(0, BODY_BYTES);
  return checksum(body).equals(bytes.subarray(BODY_BYTES)) ? claimOf(body) : undefined;
}

function claimOf(body: Buffer): ApiKeyClaim {
  return {
    keyId: uuidOf(body.subarray(0, ID_BYTES)),
    tenantId: parseTenantId(uuidOf(body.subarray(ID_BYTES, 2 * ID_BYTES))),
    secretHash: new Uint8Array(createHash('sha256').update('api-key ').update(body).digest()),
  };
}

function checksum(body: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum;
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

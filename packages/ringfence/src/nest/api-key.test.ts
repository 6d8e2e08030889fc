import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { API_KEY_PATTERN, newApiKey, parseApiKey } from './api-key.js';
import { type ApiKeyEntry, ApiKeyVerifier } from './api-key-verifier.js';
import type { VerifiedToken } from './tenancy-options.js';
import { A, B } from './test-app.fixture.js';
import { verifyByPrefix } from './verify-by-prefix.js';

const keyId = randomUUID();
const key = newApiKey(A.id, keyId);

/** The same key with one byte of its inside changed, and its checksum as it was or put right. */
function changed(at: number): string {
  const bytes = Buffer.from(key.text.slice(4), 'base64url');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return `rfk_${bytes.toString('base64url')}`;
}

describe('the text of an API key', () => {
  it('names tenant and key, and holds a secret of its own each time', () => {
    expect(key.text).toMatch(API_KEY_PATTERN);
    expect(parseApiKey(key.text)).toEqual({
      tenantId: A.id,
      keyId,
      secretHash: key.secretHash,
    });
    expect(key.secretHash).toHaveLength(32);
    const twin = newApiKey(A.id, keyId);
    expect(twin.text).not.toBe(key.text);
    expect(twin.secretHash).not.toEqual(key.secretHash);
  });

  it('can be told apart by its beginning, which says no secret', () => {
    expect(key.text.startsWith(key.hint)).toBe(true);
    expect(key.hint).toHaveLength(12);
    expect(newApiKey(A.id, keyId).hint).toBe(key.hint);
    expect(newApiKey(A.id, randomUUID()).hint).not.toBe(key.hint);
  });

  it('is refused with any byte changed', () => {
    for (let at = 0; at < 68; at += 1) expect(parseApiKey(changed(at))).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['the prefix alone', 'rfk_'],
    ['another prefix', key.text.replace('rfk_', 'rfx_')],
    ['one character less', key.text.slice(0, -1)],
    ['one character more', `${key.text}A`],
    ['padding', `${key.text}=`],
    ['white space', ` ${key.text}`],
    ['a line after it', `${key.text}\n`],
    ['the other alphabet of base64', `rfk_${'+'.repeat(91)}`],
    ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA'],
  ])('is not %s', (_, text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });

  it('has one spelling: bits that mean nothing must be zero', () => {
    const last = key.text.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const sibling = alphabet[alphabet.indexOf(last) ^ 1] ?? '';
    const other = key.text.slice(0, -1) + sibling;
    expect(Buffer.from(other.slice(4), 'base64url')).toEqual(
      Buffer.from(key.text.slice(4), 'base64url'),
    );
    expect(parseApiKey(other)).toBeUndefined();
  });
});

function setUp(entry: ApiKeyEntry | undefined) {
  const findKey = vi.fn(async (): Promise<ApiKeyEntry | undefined> => entry);
  const noteUse = vi.fn();
  return { findKey, noteUse, verifier: new ApiKeyVerifier({ findKey, noteUse }) };
}
const INVALID = { code: 'TOKEN_INVALID' };

describe('ApiKeyVerifier', () => {
  it('says whose key it is, and tells the directory that it was used', async () => {
    const { verifier, findKey, noteUse } = setUp(key);
    expect(await verifier.verify(key.text)).toEqual({
      tenantId: A.id,
      actor: { kind: 'api-key', id: keyId, role: '' },
    });
    expect(findKey).toHaveBeenCalledExactlyOnceWith({ tenantId: A.id, keyId });
    expect(noteUse).toHaveBeenCalledExactlyOnceWith({ tenantId: A.id, keyId });
  });

  it('asks once for many uses, and for as many guesses at the secret', async () => {
    const { verifier, findKey, noteUse } = setUp(key);
    await Promise.all([verifier.verify(key.text), verifier.verify(key.text)]);
    for (let n = 0; n < 5; n += 1) {
      await expect(verifier.verify(newApiKey(A.id, keyId).text)).rejects.toMatchObject(INVALID);
    }
    expect(findKey).toHaveBeenCalledTimes(1);
    expect(noteUse).toHaveBeenCalledTimes(2);
    verifier.clear();
    await verifier.verify(key.text);
    expect(findKey).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['unknown', key.text, undefined],
    ['of another secret', key.text, newApiKey(A.id, keyId)],
    ['with the id of another tenant', newApiKey(B.id, keyId).text, key],
    ['expired', key.text, { ...key, expiresAt: 1 }],
    ['mistyped', changed(50), key],
    ['with an all-zero hash stored', key.text, { secretHash: new Uint8Array(32) }],
  ])('refuses a key that is %s with one and the same answer', async (_, text, entry) => {
    const { verifier, noteUse } = setUp(entry);
    await expect(verifier.verify(text)).rejects.toMatchObject(INVALID);
    expect(noteUse).not.toHaveBeenCalled();
  });
});

describe('verifyByPrefix', () => {
  it('asks the one verifier that a token is for', async () => {
    const named = (name: string) => ({
      verify: async (token: string) => `${name}: ${token}` as unknown as VerifiedToken,
    });
    const verifier = verifyByPrefix({ rfk_: named('keys') }, named('jwts'));
    expect(await verifier.verify('rfk_x')).toBe('keys: rfk_x');
    expect(await verifier.verify('eyJ.x')).toBe('jwts: eyJ.x');
    expect(await verifier.verify('xrfk_')).toBe('jwts: xrfk_');
  });
});

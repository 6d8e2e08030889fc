import { createHash, randomBytes } from 'node:crypto';
import { parseTenantId } from 'ringfence/context';
import { describe, expect, it } from 'vitest';
import { AccountKeys } from '../account-keys/index.js';
import {
  decoyRefreshTokenKey,
  isIssuedTo,
  newRefreshToken,
  parseRefreshToken,
} from './refresh-token.js';

const TENANT = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');
const OTHER = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a002');
const SECRET = 'A'.repeat(43);
const OWNER = { userId: 'user', sessionId: 'session' };
const key = () => new AccountKeys(() => keys);
const keys = [{ kid: 'one', secret: randomBytes(32) }];
const make = () => newRefreshToken(key(), TENANT, OWNER);

describe('a refresh token', () => {
  it('is the tenant id, 256 random bits and a MAC', () => {
    const { token } = make();
    expect(token).toMatch(
      /^8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001\.[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}$/,
    );
    const tokens = Array.from({ length: 100 }, () => make().token);
    expect(new Set(tokens).size).toBe(100);
  });

  it('is known by the SHA-256 of its secret', () => {
    const { token, hash } = make();
    const secret = token.slice(37, 80);
    expect(Buffer.from(hash)).toEqual(createHash('sha256').update(secret).digest());
    expect(Buffer.from(hash).toString('latin1')).not.toContain(secret);
  });

  it('comes back as tenant, hash and MAC', () => {
    const { token, hash, mac } = make();
    expect(parseRefreshToken(token)).toEqual({ tenantId: TENANT, hash, mac });
  });

  it('belongs to one user and session of one tenant, by the key that made it', () => {
    const token = make();
    expect(isIssuedTo(key(), token, OWNER)).toBe(true);
    expect(isIssuedTo(key(), token, { ...OWNER, userId: 'another' })).toBe(false);
    expect(isIssuedTo(key(), token, { ...OWNER, sessionId: 'another' })).toBe(false);
    expect(isIssuedTo(key(), { ...token, tenantId: OTHER }, OWNER)).toBe(false);
    expect(isIssuedTo(key(), { ...token, hash: make().hash }, OWNER)).toBe(false);
    const other = new AccountKeys(() => [{ kid: 'one', secret: randomBytes(32) }]);
    expect(isIssuedTo(other, token, OWNER)).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['no secret', `${TENANT}.`],
    ['a short secret', `${TENANT}.${'A'.repeat(42)}.${SECRET}`],
    ['a long secret', `${TENANT}.${'A'.repeat(44)}.${SECRET}`],
    ['a secret of another alphabet', `${TENANT}.${'A'.repeat(42)}+.${SECRET}`],
    ['a NUL', `${TENANT}.${SECRET}.${'A'.repeat(42)}\0`],
    ['a line break behind it', `${TENANT}.${SECRET}.${SECRET}\n`],
    ['no tenant', `${SECRET}.${SECRET}`],
    ['36 characters that are no UUID', `${'-'.repeat(36)}.${SECRET}.${SECRET}`],
    ['a tenant id in upper case', `${TENANT.toUpperCase()}.${SECRET}.${SECRET}`],
    ['no MAC', `${TENANT}.${SECRET}`],
    ['four parts', `${TENANT}.${SECRET}.${SECRET}.${SECRET}`],
    ['a JWT', 'eyJhbGciOiJub25lIn0.e30.'],
  ])('with %s is none', (_, token) => {
    expect(parseRefreshToken(token)).toBeUndefined();
  });

  it('that never was is looked up under a tenant that never was', () => {
    expect(decoyRefreshTokenKey().tenantId).not.toBe(decoyRefreshTokenKey().tenantId);
    expect(decoyRefreshTokenKey().hash).toHaveLength(32);
  });
});

import { createHash } from 'node:crypto';
import { parseTenantId } from 'ringfence/context';
import { describe, expect, it } from 'vitest';
import { decoyRefreshTokenKey, newRefreshToken, parseRefreshToken } from './refresh-token.js';

const TENANT = parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001');
const SECRET = 'A'.repeat(43);

describe('a refresh token', () => {
  it('is the tenant id, a dot and 256 random bits', () => {
    const { token } = newRefreshToken(TENANT);
    expect(token).toMatch(/^8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001\.[A-Za-z0-9_-]{43}$/);
    const tokens = Array.from({ length: 100 }, () => newRefreshToken(TENANT).token);
    expect(new Set(tokens).size).toBe(100);
  });

  it('is known by the SHA-256 of its secret', () => {
    const { token, hash } = newRefreshToken(TENANT);
    const secret = token.slice(37);
    expect(Buffer.from(hash)).toEqual(createHash('sha256').update(secret).digest());
    expect(Buffer.from(hash).toString('latin1')).not.toContain(secret);
  });

  it('comes back as tenant and hash', () => {
    const { token, hash } = newRefreshToken(TENANT);
    expect(parseRefreshToken(token)).toEqual({ tenantId: TENANT, hash });
  });

  it.each([
    ['nothing', ''],
    ['no secret', `${TENANT}.`],
    ['a short secret', `${TENANT}.${'A'.repeat(42)}`],
    ['a long secret', `${TENANT}.${'A'.repeat(44)}`],
    ['a secret of another alphabet', `${TENANT}.${'A'.repeat(42)}+`],
    ['a NUL', `${TENANT}.${'A'.repeat(42)}\0`],
    ['a line break behind it', `${TENANT}.${SECRET}\n`],
    ['no tenant', SECRET],
    ['36 characters that are no UUID', `${'-'.repeat(36)}.${SECRET}`],
    ['a tenant id in upper case', `${TENANT.toUpperCase()}.${SECRET}`],
    ['three parts', `${TENANT}.${SECRET}.${SECRET}`],
    ['a JWT', 'eyJhbGciOiJub25lIn0.e30.'],
  ])('with %s is none', (_, token) => {
    expect(parseRefreshToken(token)).toBeUndefined();
  });

  it('that never was is looked up under a tenant that never was', () => {
    expect(decoyRefreshTokenKey().tenantId).not.toBe(decoyRefreshTokenKey().tenantId);
    expect(decoyRefreshTokenKey().hash).toHaveLength(32);
  });
});

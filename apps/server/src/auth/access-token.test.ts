import { verify } from 'node:crypto';
import { parseTenantId } from 'ringfence/context';
import { describe, expect, it } from 'vitest';
import { AccessTokenIssuer } from './access-token.js';
import { generateSigningKeys, parseSigningKeys } from './signing-keys.js';

const keys = parseSigningKeys(generateSigningKeys({ demo: false }));
const issuer = new AccessTokenIssuer(keys, { issuer: 'us', audience: 'our-api', seconds: 900 });
const SUBJECT = {
  tenantId: parseTenantId('8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001'),
  tenantSlug: 'acme',
  userId: 'a-user',
  sessionId: 'a-session',
  role: 'member',
};

const decode = (part: string | undefined): unknown =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString());

describe('an access token', () => {
  it('is an at+jwt signed with ES256 by the first key', async () => {
    const [header, payload, signature] = (await issuer.issue(SUBJECT)).split('.');
    expect(decode(header)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: keys.signing.kid });
    const publicKey = keys.publicKeys.get(keys.signing.kid);
    if (!publicKey) throw new Error('no key');
    const good = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature ?? '', 'base64url'),
    );
    expect(good).toBe(true);
  });

  it('names tenant, user, session and role, and nothing else of them', async () => {
    const claims = decode((await issuer.issue(SUBJECT)).split('.')[1]) as Record<string, unknown>;
    const { iat, exp, jti, ...said } = claims;
    expect(said).toEqual({
      iss: 'us',
      aud: 'our-api',
      sub: 'a-user',
      tid: SUBJECT.tenantId,
      tnt: 'acme',
      sid: 'a-session',
      role: 'member',
    });
    expect(Number(exp) - Number(iat)).toBe(900);
    expect(jti).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('has an id of its own each time', async () => {
    const payload = async () => (await issuer.issue(SUBJECT)).split('.')[1];
    expect(await payload()).not.toBe(await payload());
  });
});

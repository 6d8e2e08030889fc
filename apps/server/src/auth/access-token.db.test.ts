import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { TestTenant } from 'ringfence/testing';
import { withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuthApp, type TestPerson } from './auth-app.fixture.js';

const PASSWORD = 'correct horse battery';

let auth: AuthApp;
let a: TestTenant;
let b: TestTenant;
let person: TestPerson;
let token: string;

beforeAll(async () => {
  auth = await AuthApp.start();
});
afterAll(() => auth.stop());
beforeEach(async () => {
  ({ a, b } = await auth.twoTenants());
  person = await auth.addPerson(a, { password: PASSWORD });
  await auth.addPerson(b, { email: person.email, password: PASSWORD });
  token = (await auth.session(a, person.email, PASSWORD)).accessToken;
});

type Part = Record<string, unknown>;
type Signer = (data: string) => Buffer;

const decode = (part: string | undefined): Part =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
const encode = (part: Part): string => Buffer.from(JSON.stringify(part)).toString('base64url');

const es256 =
  (key: KeyObject): Signer =>
  (data) =>
    sign('sha256', Buffer.from(data), { key, dsaEncoding: 'ieee-p1363' });

/** The good token with other parts, signed by whoever likes to. */
function forge(header: Part, claims: Part, signer: Signer): string {
  const [head, body] = token.split('.');
  const data = `${encode({ ...decode(head), ...header })}.${encode({ ...decode(body), ...claims })}`;
  return `${data}.${signer(data).toString('base64url')}`;
}

const ours: Signer = (data) => es256(auth.keys.signing.privateKey)(data);
const publicPem = (): string => {
  const key = auth.keys.publicKeys.get(auth.keys.signing.kid);
  return key?.export({ type: 'spki', format: 'pem' }).toString() ?? '';
};
const hs256: Signer = (data) => createHmac('sha256', publicPem()).update(data).digest();
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const now = (): number => Math.floor(Date.now() / 1000);

describe('GET /auth/me', () => {
  it('needs a token', async () => {
    expect(await auth.get('/auth/me')).toMatchObject({
      status: 401,
      headers: { 'content-type': expect.stringContaining('application/problem+json') },
      body: { code: 'AUTHENTICATION_REQUIRED' },
    });
  });

  it('shows who I am now, for no cache, and neither hash nor tenant key', async () => {
    await withTenant(a, () =>
      auth.prisma.user.update({ where: { id: person.id }, data: { name: 'Renamed' } }),
    );
    const answer = await auth.get('/auth/me', token);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { id, email } = person;
    expect(answer.body).toEqual({ id, email, name: 'Renamed', role: 'member', tenant: a });
  });

  it('is over for somebody who was removed', async () => {
    await withTenant(a, () => auth.prisma.user.delete({ where: { id: person.id } }));
    const code = 'ACCESS_WITHDRAWN';
    expect(await auth.get('/auth/me', token)).toMatchObject({ status: 401, body: { code } });
  });

  it.each(['owner', 'admin', 'member', 'viewer'] as const)('is there for %s', async (role) => {
    const { email } = await auth.addPerson(a, { role, password: PASSWORD });
    const session = await auth.session(a, email, PASSWORD);
    expect((await auth.get('/auth/me', session.accessToken)).body.role).toBe(role);
  });
});

describe('a forged access token', () => {
  it('would have been taken, had it been signed by us', async () => {
    expect((await auth.get('/auth/me', forge({}, {}, ours))).status).toBe(200);
  });

  const attacks: [string, () => string, string?][] = [
    ['alg none, unsigned', () => forge({ alg: 'none' }, {}, () => Buffer.alloc(0))],
    ['alg None, signed by us', () => forge({ alg: 'None' }, {}, ours)],
    ['HS256 with the public key as secret', () => forge({ alg: 'HS256' }, {}, hs256)],
    ['ES256 in the header, HMAC in the signature', () => forge({}, {}, hs256)],
    ['ES384', () => forge({ alg: 'ES384' }, {}, ours)],
    ['another type', () => forge({ typ: 'JWT' }, {}, ours)],
    ['an unknown kid', () => forge({ kid: 'unknown' }, {}, es256(stranger.privateKey))],
    ['our kid, a stranger’s key', () => forge({}, {}, es256(stranger.privateKey))],
    ['no kid', () => forge({ kid: undefined }, {}, ours)],
    ['a kid that is a path', () => forge({ kid: '../../../dev/null' }, {}, ours)],
    [
      'a key of its own in the header',
      () =>
        forge(
          { kid: 'mine', jwk: stranger.publicKey.export({ format: 'jwk' }) },
          {},
          es256(stranger.privateKey),
        ),
    ],
    ['expired', () => forge({}, { iat: now() - 1000, exp: now() - 1 }, ours), 'TOKEN_EXPIRED'],
    ['no expiry', () => forge({}, { exp: undefined }, ours)],
    ['not valid yet', () => forge({}, { nbf: now() + 1000 }, ours)],
    ['another issuer', () => forge({}, { iss: 'somebody' }, ours)],
    ['another audience', () => forge({}, { aud: 'another-api' }, ours)],
    ['no tenant', () => forge({}, { tid: undefined }, ours)],
    ['the slug of one tenant and the id of another', () => forge({}, { tid: b.id }, ours)],
    [
      'the payload of another token',
      () => {
        const [head, , signature] = token.split('.');
        return [head, forge({}, { tid: b.id, tnt: b.slug }, ours).split('.')[1], signature].join(
          '.',
        );
      },
    ],
    ['no signature', () => token.slice(0, token.lastIndexOf('.') + 1)],
    ['a signature of zeros', () => forge({}, {}, () => Buffer.alloc(64))],
    ['a refresh token', () => `${a.id}.${'A'.repeat(43)}`],
  ];

  it.each(attacks)('with %s is refused', async (_, attack, code = 'TOKEN_INVALID') => {
    expect((await auth.get('/auth/me', token)).status).toBe(200);
    expect(await auth.get('/auth/me', attack())).toMatchObject({ status: 401, body: { code } });
  });
});

describe('a token of one tenant', () => {
  it.each([
    ['its host', () => ({ host: `${a.slug}.localhost` })],
    ['its name', () => ({ 'x-tenant': a.slug })],
    ['its id', () => ({ 'x-tenant': a.id })],
  ])('is good with %s', async (_, headers) => {
    expect((await auth.get('/auth/me', token, headers())).status).toBe(200);
  });

  it.each([
    ['the host', () => ({ host: `${b.slug}.localhost` })],
    ['the name', () => ({ 'x-tenant': b.slug })],
    ['the id', () => ({ 'x-tenant': b.id })],
  ])('is refused and recorded with %s of another', async (_, headers) => {
    auth.log.length = 0;
    const answer = await auth.get('/auth/me', token, headers());
    expect(answer).toMatchObject({ status: 403, body: { code: 'TENANT_SOURCES_DISAGREE' } });
    expect(JSON.stringify(answer.body)).not.toContain(b.slug);
    const [event] = auth.log
      .map((line) => JSON.parse(line) as Part)
      .filter((line) => line.event === 'TENANT_SOURCES_DISAGREE');
    expect(event).toMatchObject({ level: 40, tokenTenantId: a.id, route: '/auth/me' });
    expect(JSON.stringify(event)).not.toContain(token);
  });
});

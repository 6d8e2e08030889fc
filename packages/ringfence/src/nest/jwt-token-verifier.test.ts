import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AnyMember } from './any-member.decorator.js';
import { JwtTokenVerifier } from './jwt-token-verifier.js';
import { A, B, bearer, startApp, type TestApp } from './test-app.fixture.js';

const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const KID = 'key-1';
const keys: ReadonlyMap<string, KeyObject> = new Map([
  [KID, ours.publicKey],
  ['p384', p384.publicKey],
  ['private', ours.privateKey],
]);
const OPTIONS = { keys: () => keys, issuer: 'ringfence', audience: 'ringfence-api' };
const verifier = new JwtTokenVerifier({ ...OPTIONS, jwt: new JwtService() });

const now = () => Math.floor(Date.now() / 1000);
const HEADER = { alg: 'ES256', typ: 'at+jwt', kid: KID };
const claims = (changed: object = {}): object => ({
  iss: 'ringfence',
  aud: 'ringfence-api',
  sub: 'user-1',
  tid: A.id,
  tnt: 'acme',
  sid: 'session-1',
  role: 'member',
  iat: now(),
  exp: now() + 900,
  jti: 'token-1',
  ...changed,
});
const part = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const es256 = (input: string, key: KeyObject) =>
  sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');

/** Signed by us unless said otherwise, so that only the thing under test is wrong. */
function make(
  payload: object | string = claims(),
  header: object | string = HEADER,
  key: KeyObject = ours.privateKey,
): string {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${es256(input, key)}`;
}

const refuses = (token: string, code = 'TOKEN_INVALID') =>
  expect(verifier.verify(token)).rejects.toThrow(expect.objectContaining({ code }));

describe('a good token', () => {
  it('passes and says who acts for which tenant', async () => {
    expect(await verifier.verify(make())).toEqual({
      tenantId: A.id,
      tenantSlug: 'acme',
      actor: { kind: 'user', id: 'user-1', sessionId: 'session-1', role: 'member' },
      expiresAt: expect.any(Number),
    });
  });

  it('passes when JwtService has signed it', async () => {
    const token = new JwtService().sign(claims(), {
      algorithm: 'ES256',
      privateKey: ours.privateKey,
      header: { ...HEADER, alg: 'ES256' },
    });
    expect((await verifier.verify(token)).tenantId).toBe(A.id);
  });
});

describe('a token that was good a moment ago', () => {
  afterEach(() => vi.useRealTimers());

  function counting(held = new Map(keys)) {
    const jwt = new JwtService();
    const verify = vi.spyOn(jwt, 'verify');
    return { held, verify, verifier: new JwtTokenVerifier({ ...OPTIONS, keys: () => held, jwt }) };
  }

  it('is not verified again for five seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { verify, verifier } = counting();
    const token = make();
    const first = await verifier.verify(token);
    vi.advanceTimersByTime(4900);
    expect(await verifier.verify(token)).toEqual(first);
    expect(verify).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(200);
    await verifier.verify(token);
    expect(verify).toHaveBeenCalledTimes(2);
  });

  it('is refused as soon as it has expired', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { verifier } = counting();
    const token = make(claims({ exp: now() + 2 }));
    await verifier.verify(token);
    vi.advanceTimersByTime(2100);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('is refused as soon as its key is withdrawn, or stands for another', async () => {
    const { held, verifier } = counting();
    const token = make();
    await verifier.verify(token);
    held.set(KID, theirs.publicKey);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    held.delete(KID);
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('does not vouch for another one: neither its payload nor its signature may differ', async () => {
    const { verifier } = counting();
    const token = make();
    await verifier.verify(token);
    const [header, , signature] = token.split('.');
    for (const forged of [
      `${header}.${part(claims({ tid: B.id }))}.${signature}`,
      `${token.slice(0, -4)}AAAA`,
      `${token} `,
    ]) {
      await expect(verifier.verify(forged)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    }
  });
});

describe('an attack', () => {
  it('alg none', async () => {
    const input = `${part({ ...HEADER, alg: 'none' })}.${part(claims())}`;
    await refuses(`${input}.`);
    await refuses(input);
    await refuses(make(claims(), { ...HEADER, alg: 'None' }));
  });

  it('HS256 with our public key as the secret', async () => {
    const input = `${part({ ...HEADER, alg: 'HS256' })}.${part(claims())}`;
    const pem = ours.publicKey.export({ type: 'spki', format: 'pem' });
    const der = ours.publicKey.export({ type: 'spki', format: 'der' });
    for (const secret of [pem, pem.toString().trim(), der]) {
      await refuses(`${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`);
    }
  });

  it('another algorithm of the same family', async () => {
    const input = `${part({ ...HEADER, alg: 'ES384', kid: 'p384' })}.${part(claims())}`;
    const signature = sign('sha384', Buffer.from(input), {
      key: p384.privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    await refuses(`${input}.${signature.toString('base64url')}`);
    await refuses(make(claims(), { ...HEADER, kid: 'p384' }, p384.privateKey));
  });

  it('expired', async () => {
    await refuses(make(claims({ exp: now() - 1 })), 'TOKEN_EXPIRED');
    // Only of a token that we signed do we say that it was once good.
    await refuses(make(claims({ exp: now() - 1 }), HEADER, theirs.privateKey));
  });

  it('not yet valid', async () => {
    await refuses(make(claims({ nbf: now() + 300 })));
    await refuses(make(claims({ iat: now() + 300 })));
  });

  it('wrong issuer', () => refuses(make(claims({ iss: 'somebody-else' }))));

  it('wrong audience', () => refuses(make(claims({ aud: 'other-api' }))));

  it('several audiences', () => refuses(make(claims({ aud: ['ringfence-api', 'other-api'] }))));

  it('unknown kid', () => refuses(make(claims(), { ...HEADER, kid: 'key-2' })));

  it('missing kid', () => refuses(make(claims(), { alg: 'ES256', typ: 'at+jwt' })));

  it.each([
    '../../dev/null',
    '/proc/self/environ',
    '__proto__',
    'constructor',
    "' OR 1=1 --",
    'key-1\0',
    '',
  ])('kid %j', (kid) => refuses(make(claims(), { ...HEADER, kid })));

  it.each([[[KID]], [{ kid: KID }], [1], [null], [true]])('kid of another type: %j', (kid) =>
    refuses(make(claims(), { ...HEADER, kid })),
  );

  it('a kid that names a private key', () =>
    refuses(make(claims(), { ...HEADER, kid: 'private' })));

  it('a key that the token brings along', () =>
    refuses(
      make(
        claims(),
        { ...HEADER, kid: 'mine', jwk: theirs.publicKey.export({ format: 'jwk' }) },
        theirs.privateKey,
      ),
    ));

  it('a critical extension', () => refuses(make(claims(), { ...HEADER, crit: ['exp'] })));

  it('another tenant put into a signed payload', async () => {
    const [header, , signature] = make().split('.');
    await refuses(`${header}.${part(claims({ tid: B.id, tnt: 'globex' }))}.${signature}`);
  });

  it('a signature of another key', () => refuses(make(claims(), HEADER, theirs.privateKey)));

  it('a signature in another encoding', async () => {
    const input = `${part(HEADER)}.${part(claims())}`;
    const der = sign('sha256', Buffer.from(input), { key: ours.privateKey, dsaEncoding: 'der' });
    await refuses(`${input}.${der.toString('base64url')}`);
    await refuses(`${input}.${Buffer.alloc(64).toString('base64url')}`);
  });

  it.each(['JWT', 'rt+jwt', 'AT+JWT', undefined, ['at+jwt']])('typ %j', (typ) =>
    refuses(make(claims(), { ...HEADER, typ })),
  );

  it.each(['iss', 'aud', 'sub', 'tid', 'tnt', 'sid', 'role', 'iat', 'exp', 'jti'])(
    'claim %s missing, or of a wrong type',
    async (name) => {
      const text = (claims() as Record<string, unknown>)[name];
      for (const value of [undefined, null, [text], { [name]: text }, true, '']) {
        await refuses(make(claims({ [name]: value })));
      }
    },
  );

  it.each([
    ['exp', '9999999999'],
    ['exp', 1.5e300],
    ['iat', '1'],
    ['sub', 7],
    ['role', 7],
  ] as const)('claim %s as %j', (name, value) => refuses(make(claims({ [name]: value }))));

  it.each(['acme', '', 'aaaaaaaa', `${A.id} `, `{${A.id}}`, `${A.id}' --`])('tid %j', (tid) =>
    refuses(make(claims({ tid }))),
  );

  it.each(['ACME', 'a/b', 'acme.globex', 'ácme'])('tnt %j', (tnt) =>
    refuses(make(claims({ tnt }))),
  );

  it.each([
    '',
    '.',
    '..',
    'a.b',
    'a.b.c.d',
    `${make()}.`,
    `${make()} `,
    ` ${make()}`,
    `${make()}=`,
    `${make()}\0`,
    make('null'),
    make('[]'),
    make('"text"'),
    make('{'),
    make(claims(), 'null'),
    make(claims(), '{'),
    make(claims(), '[]'),
  ])('no token: %#', (token) => refuses(token));

  it('a huge token, refused before it is read', async () => {
    await refuses('a'.repeat(10_000_000));
    await refuses(make(claims({ more: 'x'.repeat(5000) })));
  });

  it('options of the JwtService that would let it through', async () => {
    const lax = new JwtService({
      secret: 'shared',
      verifyOptions: {
        ignoreExpiration: true,
        ignoreNotBefore: true,
        clockTolerance: 9999,
        algorithms: ['HS256', 'none'],
        complete: true,
      },
    });
    const strict = new JwtTokenVerifier({ ...OPTIONS, jwt: lax });
    const code = (wanted: string) => expect.objectContaining({ code: wanted });
    expect((await strict.verify(make())).tenantId).toBe(A.id);
    const old = make(claims({ exp: now() - 1 }));
    await expect(strict.verify(old)).rejects.toThrow(code('TOKEN_EXPIRED'));
    const early = make(claims({ nbf: now() + 300 }));
    await expect(strict.verify(early)).rejects.toThrow(code('TOKEN_INVALID'));
    const shared = lax.sign(claims(), { header: { ...HEADER, alg: 'HS256' }, algorithm: 'HS256' });
    await expect(strict.verify(shared)).rejects.toThrow(code('TOKEN_INVALID'));
  });
});

@AnyMember('test')
@Controller()
class TokenController {
  @Get('in')
  in(): string {
    return 'in';
  }
}

describe('on the way in', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await startApp([TokenController], { verifier });
  });
  afterAll(() => test.app.close());
  const ask = (headers: Record<string, string | string[]>, url = '/in') =>
    test.app.inject({ url, headers });

  it('a good token passes, whatever the case of its scheme', async () => {
    expect((await ask(bearer(make()))).body).toBe('in');
    expect((await ask({ authorization: `bearer ${make()}` })).body).toBe('in');
  });

  it.each([
    ['no header', () => ({})],
    ['a token in the query string', () => ({}), true],
    ['a token in a cookie', () => ({ cookie: `token=${make()}; access_token=${make()}` })],
  ])('%s is no token', async (_case, headers, inQuery = false) => {
    const query = `/in?access_token=${make()}&token=${make()}`;
    const answer = await ask(headers(), inQuery ? query : '/in');
    expect(answer.json()).toMatchObject({ status: 401, code: 'AUTHENTICATION_REQUIRED' });
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="ringfence"');
  });

  it.each([
    ['another scheme', () => ({ authorization: `Basic ${make()}` })],
    ['no scheme', () => ({ authorization: make() })],
    ['an empty token', () => ({ authorization: 'Bearer ' })],
    ['an empty header', () => ({ authorization: '' })],
    ['two tokens in one header', () => ({ authorization: `Bearer ${make()} ${make()}` })],
    ['two headers', () => ({ authorization: [`Bearer ${make()}`, `Bearer ${make()}`] })],
    ['two headers joined', () => ({ authorization: `Bearer ${make()}, Bearer ${make()}` })],
  ])('%s is refused and recorded', async (_case, headers) => {
    const answer = await ask(headers());
    expect(answer.json()).toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(test.lines().at(-1)).toMatchObject({
      event: 'TOKEN_INVALID',
      route: '/in',
      status: 401,
    });
    expect(test.logged()).not.toContain(part(HEADER));
  });
});

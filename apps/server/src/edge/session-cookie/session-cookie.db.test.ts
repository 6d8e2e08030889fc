import type { TestTenant } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../test/ask.fixture.js';
import { exchange, lines, listen, type WireAnswer } from '../../../test/wire.fixture.js';
import { AuthApp } from '../../auth/auth-app.fixture.js';

const PASSWORD = 'correct horse battery staple';
const EMAIL = 'sam@example.test';
const API = 'api.test';

let auth: AuthApp;
let port = 0;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  auth = await AuthApp.start({
    BASE_DOMAINS: 'app.example',
    PUBLIC_URL: 'https://{tenant}.app.example',
  });
  port = await listen(auth);
  ({ a, b } = await auth.twoTenants());
  for (const tenant of [a, b]) await auth.addPerson(tenant, { email: EMAIL, password: PASSWORD });
});
afterAll(() => auth?.stop());

interface Page {
  readonly origin?: string;
  readonly host?: string;
  readonly site?: string;
  readonly mode?: string;
  readonly cookie?: string;
  readonly tenant?: string;
}

/** Posts as a browser does for a page of tenant A, where nothing else is said. */
function post(path: string, body: object | undefined, page: Page = {}): Promise<WireAnswer> {
  const { origin = pageOf(a), host = API, site = 'same-site', mode = 'cookie' } = page;
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    Host: host,
    Origin: origin,
    'Sec-Fetch-Site': site,
    'Ringfence-Session': mode,
    Cookie: page.cookie ?? '',
    'X-Tenant': page.tenant ?? '',
    'Content-Type': body === undefined ? '' : 'application/json',
    'Content-Length': String(text.length),
  };
  const sent = Object.entries(headers).filter(([, value]) => value !== '');
  const head = lines(`POST ${path} HTTP/1.1`, ...sent.map(([name, value]) => `${name}: ${value}`));
  return exchange(port, head + text);
}

const pageOf = ({ slug }: TestTenant): string => `https://${slug}.app.example`;
const credentials = (tenant: TestTenant) => ({
  tenant: tenant.slug,
  email: EMAIL,
  password: PASSWORD,
});
/** What a browser would send next time. */
const cookieOf = ({ headers }: WireAnswer): string => headers['set-cookie']?.split(';')[0] ?? '';

async function logIn(tenant: TestTenant, page: Page = {}): Promise<string> {
  const answer = await post('/auth/login', credentials(tenant), {
    origin: pageOf(tenant),
    ...page,
  });
  expect(answer.status, answer.text).toBe(200);
  return cookieOf(answer);
}

describe('logging in by cookie', () => {
  it('keeps the refresh token out of the body, in a cookie of this host alone', async () => {
    const answer = await post('/auth/login', credentials(a));
    expect(Object.keys(answer.body).sort()).toEqual([
      'accessToken',
      'deviceToken',
      'expiresIn',
      'tokenType',
    ]);
    const [pair = '', ...attributes] = (answer.headers['set-cookie'] ?? '').split('; ');
    expect(pair).toMatch(new RegExp(`^__Host-ringfence-refresh-${a.slug}=${a.id}\\.`));
    expect(attributes.sort()).toEqual(
      ['HttpOnly', `Max-Age=${14 * 86_400}`, 'Path=/', 'SameSite=Strict', 'Secure'].sort(),
    );
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': pageOf(a),
      'access-control-allow-credentials': 'true',
      'cache-control': 'no-store',
    });
  });

  it('is asked for by the header; without it nothing has changed', async () => {
    const answer = await post('/auth/login', credentials(a), { mode: '' });
    expect(answer.body.refreshToken).toEqual(expect.any(String));
    expect(answer.headers).not.toHaveProperty('set-cookie');
    const wrong = await post('/auth/login', credentials(a), { mode: 'yes' });
    expectProblem(wrong, 400, 'VALIDATION_FAILED', '/ringfence-session');
  });

  it('is refused to a page of another tenant, which cannot read the tokens either way', async () => {
    const answer = await post('/auth/login', credentials(a), { origin: pageOf(b) });
    expectProblem(answer, 403, 'TENANT_SOURCES_DISAGREE');
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    const body = await post('/auth/login', credentials(a), { origin: pageOf(b), mode: '' });
    expect(body.status).toBe(200);
    expect(body.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('sets no cookie when the password is wrong', async () => {
    const answer = await post('/auth/login', { ...credentials(a), password: 'wrong' });
    expectProblem(answer, 401, 'CREDENTIALS_INVALID');
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });
});

describe('refreshing by cookie', () => {
  it('rotates the token, and a second use ends the session', async () => {
    const first = await logIn(a);
    const answer = await post('/auth/refresh', undefined, { cookie: first });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).not.toHaveProperty('refreshToken');
    const second = cookieOf(answer);
    expect(second.split('=')[0]).toBe(first.split('=')[0]);
    expect(second).not.toBe(first);
    const again = await post('/auth/refresh', {}, { cookie: first });
    expectProblem(again, 401, 'REFRESH_TOKEN_INVALID');
    // The browser need not keep what is good for nothing.
    expect(again.headers['set-cookie']).toMatch(/=; Path=\/; Max-Age=0; HttpOnly; .*Secure$/);
    expectProblem(
      await post('/auth/refresh', {}, { cookie: second }),
      401,
      'REFRESH_TOKEN_INVALID',
    );
  });

  it.each<[what: string, page: Page]>([
    ['another site', { origin: 'https://evil.example', site: 'cross-site' }],
    ['another site, in an old browser', { origin: 'https://evil.example', site: '' }],
    ['a page that says where it is from, and the browser disagrees', { site: 'cross-site' }],
    ['no page at all', { origin: '', site: '' }],
    ['the address bar', { origin: '', site: 'none' }],
    ['a sandbox', { origin: 'null', site: 'cross-site' }],
    ['plain http', { origin: 'http://acme.app.example' }],
    ['the base domain, which is no tenant', { origin: 'https://app.example' }],
  ])('is refused to %s, and uses nothing up', async (_, page) => {
    const cookie = await logIn(a);
    for (const path of ['/auth/refresh', '/auth/logout']) {
      const refused = await post(path, {}, { ...page, cookie });
      expectProblem(refused, 403, 'CROSS_SITE_REFUSED');
    }
    expect((await post('/auth/refresh', {}, { cookie })).status).toBe(200);
  });

  it('needs the header: a cookie by itself is not even read', async () => {
    const cookie = await logIn(a);
    const page = { cookie, mode: '' };
    expectProblem(await post('/auth/refresh', {}, page), 400, 'VALIDATION_FAILED', '/refreshToken');
    expectProblem(await post('/auth/logout', {}, page), 400, 'VALIDATION_FAILED', '/refreshToken');
    expect((await post('/auth/refresh', {}, { cookie })).status).toBe(200);
  });

  it('is never asked with a token in the body as well', async () => {
    const cookie = await logIn(a);
    const body = { refreshToken: cookie.split('=')[1] };
    const answer = await post('/auth/refresh', body, { cookie });
    expectProblem(answer, 400, 'VALIDATION_FAILED', '/refreshToken');
    expect((await post('/auth/refresh', {}, { cookie })).status).toBe(200);
  });

  it('without a cookie is refused like a token that is not good', async () => {
    expectProblem(await post('/auth/refresh', {}), 401, 'REFRESH_TOKEN_INVALID');
    expect((await post('/auth/logout', {})).status).toBe(204);
  });
});

describe('a browser that is logged in to two tenants', () => {
  it('on one host sends both cookies, and each page uses its own', async () => {
    const [ofA, ofB] = [await logIn(a), await logIn(b)];
    const cookie = `theme=dark; ${ofA}; ${ofB}`;
    const answer = await post('/auth/refresh', {}, { cookie, origin: pageOf(b) });
    expect(cookieOf(answer)).toContain(`${b.slug}=${b.id}.`);
    const token = `Authorization: Bearer ${answer.body.accessToken}`;
    const me = await exchange(port, lines('GET /auth/me HTTP/1.1', `Host: ${API}`, token));
    expect(me.body.tenant.slug).toBe(b.slug);
    // A's is as good as before.
    expect((await post('/auth/refresh', {}, { cookie })).status).toBe(200);
  });

  it('on a page of no tenant says which', async () => {
    const cookie = `${await logIn(a)}; ${await logIn(b)}`;
    const page = { cookie, origin: `https://${API}`, site: 'same-origin' };
    expectProblem(await post('/auth/refresh', {}, page), 400, 'VALIDATION_FAILED', '/x-tenant');
    const answer = await post('/auth/refresh', {}, { ...page, tenant: b.slug });
    expect(cookieOf(answer)).toContain(`${b.slug}=${b.id}.`);
  });

  it('never gets the one by a page of the other', async () => {
    const ofA = await logIn(a);
    const page = { cookie: ofA, origin: pageOf(b) };
    expectProblem(await post('/auth/refresh', {}, page), 401, 'REFRESH_TOKEN_INVALID');
    const named = await post('/auth/refresh', {}, { ...page, tenant: a.slug });
    expectProblem(named, 403, 'TENANT_SOURCES_DISAGREE');
    // A cookie of the right name with the other's token, as if somebody had put it there.
    const planted = `__Host-ringfence-refresh-${b.slug}=${ofA.split('=')[1]}`;
    const answer = await post('/auth/refresh', {}, { ...page, cookie: planted });
    expectProblem(answer, 403, 'TENANT_SOURCES_DISAGREE');
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('is not told which of two cookies of one name counts', async () => {
    const [first, second] = [await logIn(a), await logIn(a)];
    const answer = await post('/auth/refresh', {}, { cookie: `${first}; ${second}` });
    expectProblem(answer, 401, 'REFRESH_TOKEN_INVALID');
    expect((await post('/auth/refresh', {}, { cookie: second })).status).toBe(200);
  });
});

describe('logging out by cookie', () => {
  it('ends the session and takes the cookie away', async () => {
    const cookie = await logIn(a);
    const answer = await post('/auth/logout', undefined, { cookie });
    expect(answer.status).toBe(204);
    expect(answer.headers['set-cookie']).toMatch(/=; Path=\/; Max-Age=0;/);
    expectProblem(await post('/auth/refresh', {}, { cookie }), 401, 'REFRESH_TOKEN_INVALID');
  });
});

describe('in a demo, on plain http', () => {
  it('the cookie has no prefix, which some browsers keep for https alone', async () => {
    const demo = await AuthApp.start();
    const demoPort = await listen(demo);
    const { a: tenant } = await demo.twoTenants();
    await demo.addPerson(tenant, { email: EMAIL, password: PASSWORD });
    const body = JSON.stringify(credentials(tenant));
    const send = (origin: string) =>
      exchange(
        demoPort,
        `${lines(
          'POST /auth/login HTTP/1.1',
          `Host: localhost:${demoPort}`,
          `Origin: ${origin}`,
          'Ringfence-Session: cookie',
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
        )}${body}`,
      );
    const answer = await send(`http://localhost:${demoPort}`);
    expect(answer.headers['set-cookie']).toMatch(
      new RegExp(`^ringfence-refresh-${tenant.slug}=.*; HttpOnly; SameSite=Strict$`),
    );
    expectProblem(await send('http://localhost:1'), 403, 'CROSS_SITE_REFUSED');
    await demo.stop();
  });
});

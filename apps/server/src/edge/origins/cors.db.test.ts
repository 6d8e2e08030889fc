import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../../test/server-app.fixture.js';
import { exchange, lines, listen, type WireAnswer } from '../../../test/wire.fixture.js';

const LISTED = 'https://console.example.com';
const CUSTOM = 'docs.tenant-b.example';

let server: TestServer;
let port = 0;
let a = '';
let b = '';
beforeAll(async () => {
  server = await startTestServer({
    BASE_DOMAINS: 'app.example,apps.example.org',
    PUBLIC_URL: 'https://{tenant}.app.example',
    CORS_ORIGINS: LISTED,
  });
  port = await listen(server);
  a = server.a.owner.tenant.slug;
  b = server.b.owner.tenant.slug;
  const admin = new pg.Client({ connectionString: server.db.admin });
  await admin.connect();
  const { id } = server.b.owner.tenant;
  await admin.query('UPDATE ringfence.tenants SET host = $1 WHERE id = $2', [CUSTOM, id]);
  await admin.end();
});
afterAll(() => server?.stop());

interface Asked {
  readonly path?: string;
  readonly host?: string;
  readonly token?: string | undefined;
}

function get(origin: string, { path = '/healthz', host = 'api.test', token }: Asked = {}) {
  const bearer = token === undefined ? [] : [`Authorization: Bearer ${token}`];
  return exchange(
    port,
    lines(`GET ${path} HTTP/1.1`, `Host: ${host}`, `Origin: ${origin}`, ...bearer),
  );
}

function preflight(origin: string, { path = '/projects', host = 'api.test' }: Asked = {}) {
  return exchange(port, preflightLines(origin, path, host));
}

function preflightLines(origin: string, path: string, host = 'localhost') {
  const request = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: x-a'];
  return lines(`OPTIONS ${path} HTTP/1.1`, `Host: ${host}`, `Origin: ${origin}`, ...request);
}

function expectShared(answer: WireAnswer, origin: string): void {
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': expect.stringContaining('ETag'),
    vary: expect.stringContaining('Origin'),
  });
}

function expectUnshared({ headers }: WireAnswer): void {
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  expect(headers.vary).toContain('Origin');
}

describe("a tenant's page", () => {
  it('may read what is of its tenant, and what is of nobody', async () => {
    for (const [slug, { owner }] of [
      [a, server.a],
      [b, server.b],
    ] as const) {
      for (const origin of [`https://${slug}.app.example`, `https://${slug}.apps.example.org`]) {
        const own = await get(origin, { path: '/projects', token: owner.token });
        expect(own.status).toBe(200);
        expectShared(own, origin);
        expectShared(await get(origin), origin);
        expectShared(await get(origin, { path: '/projects' }), origin);
      }
    }
  });

  it("may not read what another tenant's token gets, whatever it gets", async () => {
    const origin = `https://${b}.app.example`;
    for (const path of ['/projects', '/auth/me', `/projects/${'0'.repeat(8)}`, '/documents?x=1']) {
      expectUnshared(await get(origin, { path, token: server.a.owner.token }));
      const own = await get(origin, { path, token: server.b.owner.token });
      expectShared(own, origin);
    }
  });

  it("gets no permission on another tenant's host, before any token is known", async () => {
    const origin = `https://${b}.app.example`;
    expectUnshared(await preflight(origin, { host: `${a}.app.example` }));
    expectUnshared(await get(origin, { host: `${a}.app.example` }));
    expectShared(await preflight(origin, { host: `${b}.app.example` }), origin);
  });

  it('may stand on a domain of its own', async () => {
    const origin = `https://${CUSTOM}`;
    expectShared(await preflight(origin), origin);
    expectShared(await preflight(origin, { host: CUSTOM }), origin);
    expectShared(await get(origin, { path: '/projects', token: server.b.owner.token }), origin);
    expectUnshared(await get(origin, { path: '/projects', token: server.a.owner.token }));
    expectUnshared(await preflight(origin, { host: `${a}.app.example` }));
  });

  it('is told the same whether there is such a tenant or not', async () => {
    const answers = [];
    for (const slug of [a, 'nobody-has-this-name']) {
      const origin = `https://${slug}.app.example`;
      for (const asked of [preflight(origin), get(origin), get(origin, { path: '/projects' })]) {
        const { status, headers } = await asked;
        const { date: _, 'x-request-id': __, 'content-length': ___, ...same } = headers;
        answers.push(JSON.stringify({ status, same }).replaceAll(slug, 'SLUG'));
      }
    }
    expect(answers.slice(3)).toEqual(answers.slice(0, 3));
  });
});

describe('any other page', () => {
  it.each([
    'null',
    '*',
    '',
    'https://evil.example',
    'https://app.example',
    'https://SLUG.app.example.evil.example',
    'https://evil-app.example',
    'https://evil.SLUG.app.example',
    'http://SLUG.app.example',
    'https://SLUG.app.example:8443',
    'https://SLUG.app.example.',
    'https://SLUG.app.example/',
    'https://SLUG.app.example@evil.example',
    'https://user@SLUG.app.example',
    'https://SLUG.APP.example',
    'https://SLUG.app.example, https://evil.example',
    'https://SLUG.app.example%00.evil.example',
    'https://-.app.example',
    'https://SLUG',
    'https://127.0.0.1',
    'https://[::1]',
    'ftp://SLUG.app.example',
    'chrome-extension://SLUG.app.example',
    'http://localhost:5173',
    'http://SLUG.localhost:3000',
    `http://${CUSTOM}`,
    `https://x.${CUSTOM}`,
    'https://console.example.com.evil.example',
    'http://console.example.com',
    'https://console.example.com:444',
  ])('%s is told nothing', async (pattern) => {
    const origin = pattern.replace('SLUG', a);
    expectUnshared(await get(origin, { path: '/projects', token: server.a.owner.token }));
    expectUnshared(await get(origin));
    expectUnshared(await preflight(origin));
  });

  it('and its request is served like that of a program', async () => {
    const asked = { path: '/projects', token: server.a.owner.token };
    expect((await get('https://evil.example', asked)).status).toBe(200);
    expectProblem(
      await get('https://evil.example', { path: '/projects' }),
      401,
      'AUTHENTICATION_REQUIRED',
    );
  });

  it('that the operator listed may read', async () => {
    expectShared(await get(LISTED, { path: '/projects', token: server.a.owner.token }), LISTED);
    expectShared(await preflight(LISTED), LISTED);
  });
});

describe('a preflight', () => {
  it('names the methods of its address and the headers that may be sent, for ten minutes', async () => {
    const origin = `https://${a}.app.example`;
    const answer = await preflight(origin, { path: '/projects/x' });
    expect(answer).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-methods': 'DELETE, GET, HEAD, PATCH',
        'access-control-allow-headers': expect.stringContaining('Authorization'),
        'access-control-max-age': '600',
        'x-request-id': expect.any(String),
        'x-content-type-options': 'nosniff',
      },
    });
    expect(answer.headers['access-control-allow-headers']).not.toMatch(/\*|x-a\b/i);
    expect((await preflight(origin, { path: '/nothing' })).status).toBe(404);
  });
});

describe('in a demo', () => {
  it('pages of the same machine may stand on any port', async () => {
    const demo = await startTestServer();
    const demoPort = await listen(demo);
    const { slug } = demo.a.owner.tenant;
    const ask = (origin: string) =>
      exchange(demoPort, lines('GET / HTTP/1.1', 'Host: localhost', `Origin: ${origin}`));
    const origin = `http://${slug}.localhost:5173`;
    expectShared(await ask(origin), origin);
    expectUnshared(await ask('http://localhost:5173'));
    expectUnshared(await ask('http://evil.example:5173'));

    const outbox = lines('GET /dev/outbox HTTP/1.1', 'Host: localhost:3000', `Origin: ${origin}`);
    const mails = await exchange(demoPort, outbox);
    expect(mails.status).toBe(200);
    expectUnshared(mails);
    const coded = outbox.replace('outbox', '%6futbox');
    expectUnshared(await exchange(demoPort, coded));
    const path = '/dev/outbox?x=1';
    expectUnshared(await exchange(demoPort, preflightLines(origin, path)));
    expectShared(await ask(origin), origin);
    await demo.stop();
  });
});

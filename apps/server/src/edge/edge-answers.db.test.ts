import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, expectProblem, makeRows } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';
import { exchange, lines, listen, Wire, type WireAnswer } from '../../test/wire.fixture.js';

let server: TestServer;
let port = 0;
let token = '';
beforeAll(async () => {
  server = await startTestServer({ PUBLIC_URL: 'https://{tenant}.app.example' });
  port = await listen(server);
  token = `Authorization: Bearer ${server.a.owner.token}`;
});
afterAll(() => server?.stop());

const HOST = 'Host: localhost';
const get = (path: string, ...more: string[]) =>
  exchange(port, lines(`GET ${path} HTTP/1.1`, HOST, ...more));

/** What every answer carries. Written out here, so that a change of the table is seen. */
function expectSecured({ headers }: WireAnswer): void {
  expect(headers).toMatchObject({
    'content-security-policy': expect.stringMatching(
      /^default-src 'none';.*frame-ancestors 'none'/,
    ),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': expect.stringContaining('geolocation=()'),
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=63072000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': expect.stringMatching(/^(no-store|private, no-cache)$/),
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(headers['content-security-policy']).not.toContain('unsafe');
  expect(headers).not.toHaveProperty('server');
  expect(headers).not.toHaveProperty('x-powered-by');
}

describe('every answer is secured', () => {
  it.each<[what: string, request: () => Promise<WireAnswer>, status: number]>([
    ['the front page', () => get('/'), 200],
    ['the description', () => get('/docs'), 200],
    ['the document', () => get('/openapi.json'), 200],
    ['a list of a tenant', () => get('/projects', token), 200],
    ['a missing token', () => get('/projects'), 401],
    ['a wrong token', () => get('/projects', 'Authorization: Bearer x'), 401],
    ['an unknown address', () => get('/nothing'), 404],
    ['a malformed address', () => get('/projects/%'), 400],
    ['a wrong method', () => exchange(port, lines('PUT /projects HTTP/1.1', HOST)), 405],
    ['OPTIONS', () => exchange(port, lines('OPTIONS /projects HTTP/1.1', HOST)), 204],
    ['HEAD', () => exchange(port, lines('HEAD /docs HTTP/1.1', HOST, 'Connection: close')), 200],
    ['no Host', () => exchange(port, lines('GET / HTTP/1.1')), 400],
    ['two Hosts', () => exchange(port, lines('GET / HTTP/1.1', HOST, 'Host: b')), 400],
    ['no request', () => exchange(port, 'hello\r\n\r\n'), 400],
    ['another protocol', () => exchange(port, '\x16\x03\x01\x02\x00\x01\x00'), 400],
    ['an unknown method', () => exchange(port, lines('BREW / HTTP/1.1', HOST)), 400],
    ['TRACE', () => exchange(port, lines('TRACE / HTTP/1.1', HOST)), 405],
    ['a tunnel', () => exchange(port, lines('CONNECT a.test:443 HTTP/1.1', HOST)), 405],
    ['long headers', () => get('/', `X-A: ${'a'.repeat(20_000)}`), 431],
    ['many headers', () => get('/', ...Array.from({ length: 101 }, (_, i) => `X-${i}: 1`)), 431],
    ['a long query', () => get(`/projects?cursor=${'a'.repeat(9000)}`), 414],
    ['a longer query', () => get(`/projects?cursor=${'a'.repeat(40_000)}`), 414],
    ['an expectation', () => get('/', 'Expect: the-unexpected'), 417],
    [
      'two lengths',
      () =>
        exchange(
          port,
          lines('POST /auth/login HTTP/1.1', HOST, 'Content-Length: 1', 'Content-Length: 2'),
        ),
      400,
    ],
    [
      'a length and chunks',
      () =>
        exchange(
          port,
          lines(
            'POST /auth/login HTTP/1.1',
            HOST,
            'Content-Length: 1',
            'Transfer-Encoding: chunked',
          ),
        ),
      400,
    ],
    [
      'a body of another kind',
      () =>
        exchange(
          port,
          `${lines('POST /auth/login HTTP/1.1', HOST, 'Content-Type: text/plain', 'Content-Length: 2')}{}`,
        ),
      415,
    ],
  ])('%s', async (_, request, status) => {
    const answer = await request();
    expect(answer.status, answer.text).toBe(status);
    expectSecured(answer);
    if (status >= 400) expectProblem(answer, status, answer.body.code);
  });

  it('and so is one that was not modified, which only its reader may keep', async () => {
    const { project } = await makeRows(server, server.a, 'x');
    const { headers } = await get(`/projects/${project}`, token);
    expect(headers).toMatchObject({
      'cache-control': 'private, no-cache',
      vary: expect.stringContaining('Authorization'),
    });
    const again = await get(`/projects/${project}`, token, `If-None-Match: ${headers.etag}`);
    expect(again.status).toBe(304);
    expectSecured(again);
  });

  it('pages allow their own style by its hash, and nothing else', async () => {
    for (const page of ['/', '/docs']) {
      const { headers, text } = await get(page);
      expect(headers['content-security-policy']).toMatch(/style-src 'sha256-[\w+/=]+';/);
      expect(text).not.toMatch(/<script| style=| on\w+=/);
    }
  });

  it('says https only where browsers come by https', async () => {
    const demo = await startTestServer();
    const { headers } = await ask(demo, undefined, 'GET /');
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(headers['x-content-type-options']).toBe('nosniff');
    await demo.stop();
  });
});

describe('a method that an address does not have', () => {
  it.each([
    ['PUT', '/projects', 'GET, HEAD, OPTIONS, POST'],
    ['DELETE', '/auth/me', 'GET, HEAD, OPTIONS'],
    ['GET', '/auth/login', 'OPTIONS, POST'],
    ['POST', `/projects/${'0'.repeat(8)}`, 'DELETE, GET, HEAD, OPTIONS, PATCH'],
  ])('%s %s is answered with those that it has', async (method, path, allow) => {
    const answer = await exchange(port, lines(`${method} ${path} HTTP/1.1`, HOST));
    expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
    expect(answer.headers.allow).toBe(allow);
    const options = await exchange(port, lines(`OPTIONS ${path} HTTP/1.1`, HOST));
    expect(options).toMatchObject({ status: 204, headers: { allow } });
  });

  it('HEAD answers the headers of GET and no body', async () => {
    const wire = await Wire.open(port);
    wire.send(lines('HEAD /openapi.json HTTP/1.1', HOST, 'Connection: close'));
    await wire.ended();
    expect(wire.received).toMatch(/^HTTP\/1\.1 200 /);
    expect(wire.received).toMatch(/content-length: \d{4}/i);
    expect(wire.received.endsWith('\r\n\r\n')).toBe(true);
  });

  it('OPTIONS is answered for the server as a whole, and not for unknown addresses', async () => {
    expect((await exchange(port, lines('OPTIONS * HTTP/1.1', HOST))).status).toBe(204);
    expect((await exchange(port, lines('OPTIONS /nothing HTTP/1.1', HOST))).status).toBe(404);
  });
});

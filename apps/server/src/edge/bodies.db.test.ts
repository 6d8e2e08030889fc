import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectProblem, makeRows } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';
import { exchange, lines, listen, Wire } from '../../test/wire.fixture.js';

let server: TestServer;
let port = 0;
let ours = '';
let project = '';
beforeAll(async () => {
  server = await startTestServer();
  port = await listen(server);
  ours = `Authorization: Bearer ${server.a.owner.token}`;
  project = (await makeRows(server, server.a, 'x')).project;
});
afterAll(() => server?.stop());

const JSON_TYPE = 'Content-Type: application/json';
const head = (path: string, length: number, ...more: readonly string[]): string =>
  lines(
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    JSON_TYPE,
    `Content-Length: ${length}`,
    ...more,
  );
const post = (path: string, body: string, ...more: readonly string[]) =>
  exchange(port, head(path, Buffer.byteLength(body), ...more) + body);

const NESTED = '['.repeat(100_000);
const BROKEN = '{"name":';

describe('the body of a stranger', () => {
  it('is not even looked at without a token: not its length, its kind or its form', async () => {
    for (const body of [BROKEN, NESTED, 'x'.repeat(900_000)]) {
      expectProblem(await post('/documents', body), 401, 'AUTHENTICATION_REQUIRED');
      const forged = 'Authorization: Bearer eyJhbGciOiJub25lIn0.e30.x';
      expectProblem(await post('/documents', body, forged), 401, 'TOKEN_INVALID');
    }
    expectProblem(await post('/documents', BROKEN, ours), 400, 'BODY_MALFORMED');
  });

  it('is not waited for', async () => {
    const wire = await Wire.open(port);
    wire.send(`${head('/documents', 1_000_000)}{`);
    expectProblem(await wire.answer(), 401, 'AUTHENTICATION_REQUIRED');
    await wire.ended();
  });

  it('leaves the connection in use when it is short, and whole', async () => {
    const wire = await Wire.open(port);
    wire.send(`${head('/documents', BROKEN.length)}${BROKEN}`);
    expectProblem(await wire.answer(), 401, 'AUTHENTICATION_REQUIRED');
    wire.send(lines('GET /healthz HTTP/1.1', 'Host: localhost'));
    expect((await wire.answer()).status).toBe(200);
    wire.close();
  });

  it('is read up to the length of credentials, also in chunks', async () => {
    expectProblem(await post('/auth/login', `"${'x'.repeat(16_384)}"`), 413, 'BODY_TOO_LARGE');
    const wire = await Wire.open(port);
    const chunked = ['Host: localhost', JSON_TYPE, 'Transfer-Encoding: chunked'];
    wire.send(lines('POST /auth/login HTTP/1.1', ...chunked));
    for (let at = 0; at < 20; at += 1) wire.send(`3e8\r\n${'x'.repeat(1000)}\r\n`);
    expectProblem(await wire.answer(), 413, 'BODY_TOO_LARGE');
    wire.close();
  });

  it('is never parsed for an unknown address', async () => {
    expectProblem(await post('/nothing', NESTED), 404, 'NOT_FOUND');
    expectProblem(await post('/docs', NESTED), 405, 'METHOD_NOT_ALLOWED');
  });
});

describe('the body of a member', () => {
  it('may be as long as a document where documents are written, and not elsewhere', async () => {
    const long = JSON.stringify({ projectId: project, title: 'long', body: 'ü'.repeat(100_000) });
    expect((await post('/documents', long, ours)).status).toBe(201);
    const longer = JSON.stringify({ name: 'x'.repeat(1_100_000) });
    expectProblem(await post('/documents', longer, ours), 413, 'BODY_TOO_LARGE');
    expectProblem(await post('/projects', long, ours), 413, 'BODY_TOO_LARGE');
  });

  it.each([
    ['nested too deeply', `{"name":${'['.repeat(40)}${']'.repeat(40)}}`, [], 400, 'BODY_MALFORMED'],
    ['with a prototype', '{"name":"x","__proto__":{"a":1}}', [], 400, 'BODY_MALFORMED'],
    ['compressed', '{}', ['Content-Encoding: gzip'], 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('%s is refused', async (_, body, more, status, code) => {
    expectProblem(await post('/organizations', body, ours, ...more), status, code);
  });

  it('in another charset is refused', async () => {
    const request = lines(
      'POST /organizations HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json; charset=iso-8859-1',
      'Content-Length: 2',
      ours,
    );
    expectProblem(await exchange(port, `${request}{}`), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });
});

describe('a body that waits for 100 Continue', () => {
  const EXPECT = 'Expect: 100-continue';

  it('is asked for when it will be read', async () => {
    const body = '{"name":"continued"}';
    const wire = await Wire.open(port);
    wire.send(head('/organizations', body.length, EXPECT, ours));
    await wire.until(() => wire.received.startsWith('HTTP/1.1 100 '));
    wire.send(body);
    expect((await wire.answer()).status).toBe(201);
    wire.close();
  });

  it.each([
    ['nobody knows who asks', '/organizations', 10, [], 401],
    ['it is too long', '/auth/login', 100_000, [], 413],
    ['nothing is there', '/nothing', 10, [], 404],
  ])('is not asked for when %s', async (_, path, length, more, status) => {
    const wire = await Wire.open(port);
    wire.send(head(path, length, EXPECT, ...more));
    await wire.until(() => wire.received !== '');
    expect(wire.received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    await wire.ended();
  });
});

describe('a body that breaks off', () => {
  it('is logged as broken off, and not as a failure of ours', async () => {
    const wire = await Wire.open(port);
    const before = server.logged().length;
    wire.send(`${head('/organizations', 100, ours)}{`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    wire.close();
    const lineOf = () =>
      server
        .logged()
        .slice(before)
        .split('\n')
        .find((line) => line.includes('"brokenOff":true'));
    await wire.until(() => lineOf() !== undefined);
    expect(JSON.parse(lineOf() ?? '')).toMatchObject({
      level: 30,
      status: null,
      method: 'POST',
      route: '/organizations',
    });
  });
});

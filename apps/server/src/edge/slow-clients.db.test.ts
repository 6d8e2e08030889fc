import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, expectProblem } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';
import { exchange, lines, listen, Wire } from '../../test/wire.fixture.js';

const MOST = 60;

let server: TestServer;
let port = 0;
beforeAll(async () => {
  server = await startTestServer({
    REQUEST_TIMEOUT_SECONDS: '2',
    HANDLER_TIMEOUT_SECONDS: '3',
    MAX_CONNECTIONS: String(MOST),
  });
  port = await listen(server);
});
afterAll(() => server?.stop());

const HEALTH = lines('GET /healthz HTTP/1.1', 'Host: localhost');
const isServed = async () => expect((await exchange(port, HEALTH)).status).toBe(200);
const crowd = (size: number) => Promise.all(Array.from({ length: size }, () => Wire.open(port)));

describe('a client that is slow', () => {
  it.concurrent.each([
    ['says nothing', ''],
    ['never ends its first line', 'GET /'],
    ['never ends its headers', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n'],
    [
      'never ends its body',
      `${lines('POST /auth/login HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 100')}{`,
    ],
    [
      'never ends its chunks',
      `${lines('POST /auth/login HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Transfer-Encoding: chunked')}1\r\n{`,
    ],
  ])('and %s is answered 408 and let go', async (_, start) => {
    const wire = await Wire.open(port);
    wire.send(start);
    expectProblem(await wire.answer(), 408, 'REQUEST_TIMEOUT');
    await wire.ended();
    await isServed();
  });

  it.concurrent('and sends its headers drop by drop gains no time by that', async () => {
    const wire = await Wire.open(port);
    wire.send('GET / HTTP/1.1\r\nHost: localhost\r\n');
    const drops = setInterval(() => wire.send('X-A: b\r\n'), 100);
    expectProblem(await wire.answer(), 408, 'REQUEST_TIMEOUT');
    clearInterval(drops);
    await wire.ended();
  });
});

describe('a crowd that takes every connection', () => {
  const SLOW_BODY = `${lines('POST /auth/login HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 9')}{`;

  it.each([
    ['says nothing', ''],
    ['sends slow headers', 'GET / HTTP/1.1\r\nHost: loc'],
    ['sends slow bodies', SLOW_BODY],
    ['has asked before, and keeps its connections', HEALTH],
  ])('and %s keeps nobody out', async (_, start) => {
    const wires = await crowd(2 * MOST);
    for (const wire of wires) wire.send(start);
    await isServed();
    await isServed();
    for (const wire of wires) wire.close();
  });

  it('does not push out a request that is whole', async () => {
    const admin = await lockProjects();
    const wire = await Wire.open(port);
    wire.send(
      lines(
        'GET /projects HTTP/1.1',
        'Host: localhost',
        `Authorization: Bearer ${server.a.owner.token}`,
      ),
    );
    await admin.waited();
    const wires = await crowd(2 * MOST);
    await admin.end();
    expect((await wire.answer()).status).toBe(200);
    for (const each of [wire, ...wires]) each.close();
  });
});

describe('a handler that is stuck', () => {
  it('is answered for, and the server goes on', async () => {
    const admin = await lockProjects();
    expectProblem(await ask(server, server.a.owner, 'GET /projects'), 503, 'HANDLER_TIMEOUT');
    await isServed();
    await admin.end();
    expect((await ask(server, server.a.owner, 'GET /projects')).status).toBe(200);
    expect(server.logged()).not.toContain('Reply was already sent');
  });
});

describe('an answer that is not read to its end', () => {
  it('is logged as broken off', async () => {
    const before = server.logged().length;
    const wire = await Wire.open(port);
    wire.pause();
    // More than the buffers of both ends hold.
    for (let at = 0; at < 400; at += 1)
      wire.send(lines('GET /openapi.json HTTP/1.1', 'Host: localhost'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    wire.close();
    await wire.until(() => server.logged().slice(before).includes('"brokenOff":true'));
  });
});

/** Keeps everybody from reading projects, until `end`. */
async function lockProjects() {
  const admin = new pg.Client({ connectionString: server.db.admin });
  await admin.connect();
  await admin.query('BEGIN; LOCK TABLE projects IN ACCESS EXCLUSIVE MODE');
  const waiting = `SELECT count(*)::int AS n FROM pg_locks WHERE relation = 'projects'::regclass AND NOT granted`;
  return {
    waited: async () => {
      while ((await admin.query(waiting)).rows[0].n === 0);
    },
    end: async () => {
      await admin.query('ROLLBACK');
      await admin.end();
    },
  };
}

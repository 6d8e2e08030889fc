import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  startTestServer,
  type TestServer,
  testKeyFiles,
} from '../apps/server/test/server-app.fixture.js';
import { exchange, lines, Wire } from '../apps/server/test/wire.fixture.js';
import { Balancer } from './balancer.fixture.js';
import { load } from './load.fixture.js';
import { buildServer, ServerNode } from './server-node.fixture.js';

/** 10,000 take the time that docs/edge.md names; fewer show the same. */
const REQUESTS = Number(process.env.RINGFENCE_SHUTDOWN_REQUESTS ?? 2000);
const CONNECTIONS = 50;

let server: TestServer;
let env: Record<string, string>;
let token = '';
const nodes: ServerNode[] = [];

beforeAll(async () => {
  await buildServer();
  const keys = await testKeyFiles();
  // Makes the database, the tenants and their tokens; the processes below serve them.
  server = await startTestServer(keys);
  token = server.a.owner.token;
  env = {
    ...keys,
    DATABASE_URL: server.db.app,
    DATABASE_POOL_MAX: '4',
    RATE_LIMIT_PER_SECOND: '1000000',
  };
}, 300_000);
afterEach(async () => {
  for (const node of nodes) node.signal('SIGKILL');
  await Promise.all(nodes.splice(0).map(({ ended }) => ended));
});
afterAll(() => server?.stop());

async function startNode(settings: Record<string, string> = {}): Promise<ServerNode> {
  const node = await ServerNode.start({ ...env, ...settings });
  nodes.push(node);
  return node;
}

const HEALTH = lines('GET /healthz HTTP/1.1', 'Host: localhost');
const READY = lines('GET /readyz HTTP/1.1', 'Host: localhost');
const projects = () =>
  lines('GET /projects HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${token}`);

/** Keeps every reader of projects waiting until `end`. */
async function lockProjects() {
  const admin = new pg.Client({ connectionString: server.db.admin });
  await admin.connect();
  await admin.query('BEGIN; LOCK TABLE projects IN ACCESS EXCLUSIVE MODE');
  const waiting = `SELECT count(*)::int AS n FROM pg_locks
    WHERE relation = 'projects'::regclass AND NOT granted`;
  return {
    waited: async () => {
      while ((await admin.query(waiting)).rows[0].n === 0) await sleep(10);
    },
    end: async () => {
      await admin.query('ROLLBACK');
      await admin.end();
    },
  };
}

describe('SIGTERM under load', () => {
  it(`loses none of ${REQUESTS} requests`, { timeout: 600_000 }, async () => {
    const first = await startNode({ SHUTDOWN_DRAIN_SECONDS: '2' });
    const second = await startNode();
    const balancer = await Balancer.start([first, second]);
    const target = { port: balancer.port, token };
    const written = new Set<string>();
    const { outcomes } = await load(
      target,
      REQUESTS,
      CONNECTIONS,
      (at) => {
        if (at % 4 > 0) return { method: 'GET', path: '/projects?limit=5' };
        const name = `load-${at}`;
        written.add(name);
        return { method: 'POST', path: '/organizations', body: { name } };
      },
      (at) => {
        if (at === Math.floor(REQUESTS * 0.3)) first.signal('SIGTERM');
      },
    );
    balancer.stop();
    expect(outcomes).toEqual({ 200: REQUESTS - written.size, 201: written.size });
    expect(await first.ended).toBe(0);
    // Each was served, and each write was made, once.
    const admin = new pg.Client({ connectionString: server.db.admin });
    await admin.connect();
    const { rows } = await admin.query(`SELECT name FROM organizations WHERE name LIKE 'load-%'`);
    await admin.end();
    expect(rows.map(({ name }) => name).sort()).toEqual([...written].sort());
    for (const node of [first, second]) {
      expect(node.log.match(/"route":"\/projects"/g)?.length).toBeGreaterThan(REQUESTS / 20);
    }
    expect(first.log + second.log).not.toContain('brokenOff');
  });
});

describe('a server that was asked to stop', () => {
  it('is not ready at once, serves all the same, and closes each connection with an answer', async () => {
    const node = await startNode({ SHUTDOWN_DRAIN_SECONDS: '60' });
    const wire = await Wire.open(node.port);
    expect((await wire.send(HEALTH).answer()).headers.connection).toBe('keep-alive');
    node.signal('SIGTERM');
    for (;;) if ((await exchange(node.port, READY)).status === 503) break;
    expect(await exchange(node.port, READY)).toMatchObject({
      status: 503,
      body: { code: 'SHUTTING_DOWN' },
      headers: { connection: 'close' },
    });
    expect(await exchange(node.port, HEALTH)).toMatchObject({ status: 200 });
    expect(await exchange(node.port, projects())).toMatchObject({
      status: 200,
      headers: { connection: 'close' },
    });
    // The old connection as well: its answer says so, then it is closed.
    expect(await wire.send(projects()).answer()).toMatchObject({
      status: 200,
      headers: { connection: 'close' },
    });
    await wire.ended();
    // A second signal ends the wait.
    node.signal('SIGTERM');
    expect(await node.ended).toBe(0);
  });

  it('answers a connection that stood still when it stopped to listen', async () => {
    const node = await startNode({ SHUTDOWN_DRAIN_SECONDS: '0' });
    const held = await lockProjects();
    const [busy, idle] = [await Wire.open(node.port), await Wire.open(node.port)];
    await idle.send(HEALTH).answer();
    busy.send(projects());
    await held.waited();
    node.signal('SIGTERM');
    // From here on nobody new gets in …
    for (;;) {
      const refused = await Wire.open(node.port).then(
        (wire) => wire.close(),
        () => true,
      );
      if (refused) break;
    }
    // … but who is connected is answered, and so is what was under way.
    expect((await idle.send(HEALTH).answer()).status).toBe(200);
    await held.end();
    expect(await busy.answer()).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(await node.ended).toBe(0);
  });

  it('lets what is under way finish until the deadline, and says what it cut off', async () => {
    const node = await startNode({ SHUTDOWN_DRAIN_SECONDS: '0', SHUTDOWN_DEADLINE_SECONDS: '1' });
    const held = await lockProjects();
    const wire = await Wire.open(node.port);
    wire.send(projects());
    await held.waited();
    node.signal('SIGTERM');
    await wire.ended();
    expect(wire.received).toBe('');
    await held.end();
    expect(await node.ended).toBe(1);
    expect(node.log).toContain('"brokenOff":true');
  });

  it('does not wait for connections that say nothing', async () => {
    const node = await startNode({ SHUTDOWN_DRAIN_SECONDS: '0' });
    const wires = await Promise.all(Array.from({ length: 20 }, () => Wire.open(node.port)));
    wires[0]?.send('GET /');
    node.signal('SIGTERM');
    expect(await node.ended).toBe(0);
    for (const wire of wires) wire.close();
  });
});

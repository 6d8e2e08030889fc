import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Customer } from './customer.fixture.js';
import {
  newDataFolder,
  noProcessOf,
  processesOf,
  RunningProgram,
  ready,
  start,
  stopAll,
} from './running-start.fixture.js';

// One start after the other on one data folder, as a newcomer's first hour: each test goes on where
// the one before it stopped.
describe('npm start', () => {
  const { folder, remove } = newDataFolder();
  const env = { RINGFENCE_DATA_DIR: folder, PORT: '0' };
  let program: RunningProgram;
  let server: string;

  afterAll(async () => {
    await stopAll();
    await noProcessOf(folder);
    remove();
  });

  it('comes up on an empty folder and says where to go', async () => {
    program = start(env);
    server = await ready(program);
    expect(program.output).toMatch(/isolation: acme sees its \d+ rows, globex its \d+; .* none/);
    expect(program.output).toContain('owner@acme.test');
    expect(program.output).toContain('ringfence-demo');
    for (const line of program.output.split('\n')) {
      if (!line.includes(folder)) expect(line.length, line).toBeLessThanOrEqual(80);
    }
    expect((await fetch(`${server}/healthz`)).status).toBe(200);
  });

  it('lets two customers in, and neither sees the other', async () => {
    const acme = await Customer.logIn(server, 'acme', 'owner@acme.test');
    const globex = await Customer.logIn(server, 'globex', 'owner@globex.test');
    const [a, b] = [await acme.list('documents'), await globex.list('documents')];
    expect(a.length).toBeGreaterThanOrEqual(8);
    expect(b.length).toBeGreaterThanOrEqual(8);
    expect(a.every(({ title }) => title.startsWith('Acme: '))).toBe(true);
    expect(b.every(({ title }) => title.startsWith('Globex: '))).toBe(true);
    for (const { id } of a) {
      expect(await acme.status(`/documents/${id}`)).toBe(200);
      expect(await globex.status(`/documents/${id}`)).toBe(404);
    }
    for (const { id } of b) expect(await acme.status(`/documents/${id}`)).toBe(404);
    await Customer.logIn(server, 'acme', 'sam@example.test');
    await Customer.logIn(server, 'globex', 'sam@example.test');
  });

  it('lets somebody register, and keeps the mails of it for a browser on this machine', async () => {
    const post = (route: string, body: object) =>
      fetch(`${server}${route}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const owner = { name: 'You', email: 'you@example.test', password: 'seventeen purple lanterns' };
    const registered = await post('/registrations', { slug: 'initech', name: 'Initech', owner });
    expect(registered.status, await registered.text()).toBe(201);
    let token: string | undefined;
    for (let times = 0; times < 100 && token === undefined; times += 1) {
      const page = await (await fetch(`${server}/dev/outbox`)).text();
      token = /initech\.localhost:\d+\/account#email-verification=([\w.-]+)/.exec(page)?.[1];
      if (token === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const confirmed = await post('/email-verifications/confirm', { token });
    expect(confirmed.status, await confirmed.text()).toBe(204);
    expect(await (await fetch(`${server}/account`)).text()).toContain('<form hidden>');
    const { email, password } = owner;
    expect((await post('/auth/login', { tenant: 'initech', email, password })).status).toBe(200);
  });

  it('leaves one URL per role for other tools, readable by its owner alone', async () => {
    const file = path.join(folder, 'connection.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const urls = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    expect(Object.keys(urls)).toEqual([
      'app',
      'operator',
      'auditor',
      'sealer',
      'migration',
      'admin',
    ]);
    for (const url of Object.values(urls)) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.end();
    }
    const client = new pg.Client({ connectionString: urls.app });
    await client.connect();
    const { rows } = await client.query('SELECT count(*)::int AS n FROM documents');
    await client.end();
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('keeps the privileged URLs out of the server process', () => {
    const [found] = processesOf(folder).filter(({ command }) => command.includes('main.js'));
    const environment = readFileSync(`/proc/${found?.pid}/environ`, 'utf8');
    expect(environment).toContain('DATABASE_URL=');
    expect(environment).not.toMatch(/MIGRATION_URL|OPERATOR_URL|SETUP_URL|LOGINS/);
  });

  it('is refused a second time on the same folder', async () => {
    const second = start(env);
    expect(await second.ended).toBe(1);
    expect(second.output).toContain('Another process uses this folder');
    expect((await fetch(`${server}/healthz`)).status).toBe(200);
  });

  it('loses nothing when it is killed, and does not leave its server behind', async () => {
    const acme = await Customer.logIn(server, 'acme', 'member@acme.test');
    const [project] = await acme.list('projects');
    const input = { projectId: project?.id, title: 'Acme: written before the kill', body: 'kept' };
    const { id } = await acme.create('documents', input);
    program.signal('SIGKILL');
    await program.ended;
    // The database server is a session of its own; the next start stops it.
    await noProcessOf(folder, /postgres/);

    program = start(env);
    server = await ready(program);
    expect(program.output).toContain('left behind');
    const again = await Customer.logIn(server, 'acme', 'owner@acme.test');
    expect(await again.status(`/documents/${id}`)).toBe(200);
    const globex = await Customer.logIn(server, 'globex', 'owner@globex.test');
    expect(await globex.status(`/documents/${id}`)).toBe(404);
  });

  it('stops everything on Ctrl-C', async () => {
    program.signal('SIGINT');
    expect(await program.ended).toBe(0);
    expect(program.output.trimEnd()).toMatch(/stopped$/);
    expect(processesOf(folder)).toEqual([]);
  });

  it('stops everything when the npm above it is killed and the terminal is closed', async () => {
    program = new RunningProgram(['npm', 'start'], env);
    await ready(program);
    program.closeTerminal();
    program.signal('SIGKILL');
    await program.ended;
    await noProcessOf(folder);
  });

  it('stops everything, and says so, when the server process dies', async () => {
    program = start(env);
    await ready(program);
    const [found] = processesOf(folder).filter(({ command }) => command.includes('main.js'));
    process.kill(Number(found?.pid), 'SIGKILL');
    expect(await program.ended).toBe(1);
    expect(program.output).toContain('The server ended by itself (signal SIGKILL)');
    await noProcessOf(folder);
  });
});

describe('npm start on a busy port', () => {
  const { folder, remove } = newDataFolder();
  let squatter: Server;
  let port = 0;

  beforeAll(async () => {
    squatter = await listen(0);
    const address = squatter.address();
    port = address && typeof address === 'object' ? address.port : 0;
  });

  afterAll(() => {
    squatter.close();
    remove();
  });

  it('says so when the port was asked for, and leaves nothing behind', async () => {
    const program = start({ RINGFENCE_DATA_DIR: folder, PORT: String(port) });
    expect(await program.ended).toBe(1);
    expect(program.output).toContain(`Port ${port} is in use by another program`);
    await noProcessOf(folder);
  });

  it('takes the next free one when nobody asked for one', async () => {
    // Busy already on a machine where somebody uses it: as good.
    const own = await listen(3000).catch(() => undefined);
    const program = start({ RINGFENCE_DATA_DIR: folder });
    const server = await ready(program);
    expect(server).not.toMatch(/:3000$/);
    expect(program.output).toContain('port 3000 is in use by another program');
    program.signal('SIGINT');
    expect(await program.ended).toBe(0);
    own?.close();
  });
});

describe('npm start with settings that cannot be', () => {
  it.each([
    [{ PORT: 'http' }, 'PORT must be a whole number'],
    [{ DATABASE_URL: 'postgresql://a:b@h/d' }, 'DATABASE_MIGRATION_URL and DATABASE_OPERATOR_URL'],
    [{ NODE_ENV: 'production' }, 'Production needs a PostgreSQL of its own'],
  ])('%j gets one sentence', async (env, sentence) => {
    const program = start(env as Record<string, string>);
    expect(await program.ended).toBe(1);
    expect(program.output).toContain(sentence);
    expect(program.output).not.toContain(' at ');
  });
});

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

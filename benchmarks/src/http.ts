import { type ChildProcess, fork } from 'node:child_process';
import { Agent, get } from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { createTestDatabase, twoTenants } from 'ringfence/testing';
import { startBenchServer } from './bench-server.js';
import type { HttpCandidate } from './http-server.js';
import { median, medianError } from './statistics.js';

const CANDIDATES: readonly HttpCandidate[] = ['plain', 'again', 'library', 'server'];
const DOCUMENTS = 20_000;

/** A server in a process of its own, and who may ask it. */
interface HttpServer {
  readonly name: HttpCandidate;
  readonly port: number;
  readonly token: string;
  cpu(): Promise<number>;
  end(): void;
}

/** Requests per second and CPU per request of one server, for a while. */
interface HttpSlice {
  readonly rate: number;
  readonly cpu: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '15' },
      milliseconds: { type: 'string', default: '500' },
      connections: { type: 'string', default: '32' },
    },
  });
  const server = await startBenchServer();
  process.env.RINGFENCE_TEST_ADMIN_URL = server.adminUrl;
  const migrations = path.resolve(import.meta.dirname, '../../apps/server/prisma/migrations');
  const database = await createTestDatabase({ migrations });
  const { a, b } = await twoTenants(database);
  const ids = await fill(database.admin, [a.id, b.id]);
  const person = await addPerson(database.admin, a.id);
  const servers: HttpServer[] = [];
  try {
    for (const name of CANDIDATES) {
      // Without tenancy the login steps around every policy: what is left is the table and an index.
      const url = name === 'library' || name === 'server' ? database.app : database.admin;
      servers.push(await startServer(name, url, { ...a, ...person }));
    }
    const run = (each: HttpServer, milliseconds: number): Promise<HttpSlice> =>
      ask(each, ids, Number(values.connections), milliseconds);
    for (const each of servers) await run(each, 5000);
    const slices = new Map<string, HttpSlice[]>(CANDIDATES.map((name) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const each of servers) {
        slices.get(each.name)?.push(await run(each, Number(values.milliseconds)));
      }
    }
    const base = slices.get('plain') ?? [];
    process.stdout.write('GET /documents/:id   ratio  noise  req/s  CPU µs  CPU ratio\n');
    for (const [name, own] of slices) {
      const ratios = own.map(({ rate }, at) => rate / (base[at]?.rate ?? rate));
      const cpus = own.map(({ cpu }, at) => (base[at]?.cpu ?? cpu) / cpu);
      const noise = `±${(medianError(ratios) * 100).toFixed(0)}%`;
      const rate = median(own.map((slice) => slice.rate)).toFixed(0);
      const cpu = median(own.map((slice) => slice.cpu)).toFixed(0);
      process.stdout.write(
        `${name.padEnd(19)} ${median(ratios).toFixed(2)}x ${noise.padStart(6)} ${rate.padStart(6)} ${cpu.padStart(7)} ${median(cpus).toFixed(2).padStart(9)}x\n`,
      );
    }
  } finally {
    for (const each of servers) each.end();
    await database.drop();
    await server.stop();
  }
}

/** Documents of two tenants; the first one's are asked for. */
async function fill(adminUrl: string, tenants: readonly string[]): Promise<string[]> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query('CREATE INDEX ON documents (id)');
  for (const tenant of tenants) {
    await admin.query(
      `WITH o AS (INSERT INTO organizations (tenant_id, name) VALUES ($1, 'o') RETURNING id),
        p AS (INSERT INTO projects (tenant_id, organization_id, name) SELECT $1, id, 'p' FROM o RETURNING id)
       SELECT id FROM p`,
      [tenant],
    );
    await admin.query(
      `INSERT INTO documents (tenant_id, project_id, title, body)
       SELECT $1, p.id, 'Document ' || n, repeat(md5(n::text), 6)
       FROM projects p, generate_series(1, $2::int) n WHERE p.tenant_id = $1`,
      [tenant, DOCUMENTS],
    );
  }
  await admin.query('VACUUM ANALYZE');
  const { rows } = await admin.query<{ id: string }>(
    'SELECT id FROM documents WHERE tenant_id = $1 LIMIT 2000',
    [tenants[0]],
  );
  await admin.end();
  return rows.map(({ id }) => id);
}

/** Who asks: a member with a session, or the server would believe no token. */
interface Person {
  readonly userId: string;
  readonly sessionId: string;
}

async function addPerson(adminUrl: string, tenant: string): Promise<Person> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  const { rows } = await admin.query(
    `WITH u AS (INSERT INTO users (tenant_id, email, name, role)
       VALUES ($1, 'reader@example.test', 'Reader', 'member') RETURNING id)
     INSERT INTO sessions (tenant_id, user_id, expires_at)
       SELECT $1, id, now() + interval '1 day' FROM u RETURNING user_id, id`,
    [tenant],
  );
  await admin.end();
  return { userId: rows[0].user_id, sessionId: rows[0].id };
}

async function startServer(
  name: HttpCandidate,
  url: string,
  { id, slug, userId, sessionId }: { id: string; slug: string } & Person,
): Promise<HttpServer> {
  const program = path.join(import.meta.dirname, 'http-server.js');
  const child: ChildProcess = fork(program, [name, url, id, slug, userId, sessionId]);
  child.once('exit', (code) => {
    if (code) throw new Error(`The server ${name} has ended with code ${code}.`);
  });
  const hear = <T>(): Promise<T> =>
    new Promise((resolve) => child.once('message', (message) => resolve(message as T)));
  const { port, token } = await hear<{ port: number; token: string }>();
  return {
    name,
    port,
    token,
    cpu: () => {
      const answer = hear<number>();
      child.send('cpu');
      return answer;
    },
    end: () => child.disconnect(),
  };
}

async function ask(
  server: HttpServer,
  ids: readonly string[],
  connections: number,
  milliseconds: number,
): Promise<HttpSlice> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { authorization: `Bearer ${server.token}` };
  const cpu = await server.cpu();
  const begun = performance.now();
  let requests = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - begun < milliseconds) {
      const id = ids[requests % ids.length];
      requests += 1;
      await new Promise<void>((resolve, reject) => {
        const options = { port: server.port, host: '127.0.0.1', path: `/documents/${id}`, headers };
        get({ ...options, agent }, (response) => {
          if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}`));
          response.resume().once('end', resolve);
        }).once('error', reject);
      });
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  return { rate: requests / seconds, cpu: ((await server.cpu()) - cpu) / requests };
}

await main();

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { runInTenant } from 'ringfence/context';
import { TenantPool } from 'ringfence/postgres';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestPerson, type TestServer } from './server-app.fixture.js';

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'limits-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => server.stop());

const me = (who: TestPerson, headers: Record<string, string> = {}) =>
  server.app.inject({
    url: '/auth/me',
    headers: { authorization: `Bearer ${who.token}`, ...headers },
  });

async function statuses(times: number, ...args: Parameters<typeof me>): Promise<number[]> {
  const seen: number[] = [];
  for (let request = 0; request < times; request += 1) seen.push((await me(...args)).statusCode);
  return seen;
}

it('limits people and tenants as the file of rules says, and nobody for another', async () => {
  const limits = (requests: number) => ({ burst: { requests, seconds: 600 } });
  const file = path.join(folder, 'rules.json');
  const plan = { tenant: limits(5), user: limits(3) };
  await writeFile(file, JSON.stringify({ defaultPlan: 'free', plans: { free: plan } }));
  server = await startTestServer({ RATE_LIMITS_FILE: file });
  const { a, b } = server;

  const first = await me(a.owner);
  expect(first.statusCode).toBe(200);
  expect(first.headers).toMatchObject({
    'ratelimit-policy': '"user-burst";q=3;w=600, "tenant-burst";q=5;w=600',
    ratelimit: expect.stringMatching(/^"user-burst";r=2;t=\d+$/),
  });
  expect(await statuses(3, a.owner)).toEqual([200, 200, 429]);
  expect((await me(a.owner)).headers['retry-after']).toMatch(/^\d+$/);
  // What names tenant B without being of it is refused before it is counted.
  expect(await statuses(9, a.admin, { 'x-tenant': b.owner.tenant.slug })).toEqual(
    Array.from({ length: 9 }, () => 403),
  );
  expect(await statuses(3, a.admin)).toEqual([200, 200, 429]);
  expect(await statuses(3, b.owner)).toEqual([200, 200, 200]);
});

it('limits how many requests of a tenant are in work, and gives every place back', async () => {
  const file = path.join(folder, 'at-once.json');
  const plan = { concurrency: { requests: 1, queue: 1, connections: 1 }, statementTimeoutMs: 4321 };
  await writeFile(file, JSON.stringify({ defaultPlan: 'free', plans: { free: plan } }));
  server = await startTestServer({ RATE_LIMITS_FILE: file });
  const { a, b } = server;
  const answers = await Promise.all([
    ...Array.from({ length: 10 }, () => me(a.owner)),
    me(b.owner),
  ]);
  const codes = answers.slice(0, 10).map(({ statusCode }) => statusCode);
  expect(new Set(codes)).toEqual(new Set([200, 429]));
  const refused = answers.find(({ statusCode }) => statusCode === 429);
  expect(refused?.json()).toMatchObject({ code: 'CONCURRENCY_LIMITED' });
  expect(refused?.headers['retry-after']).toBe('1');
  expect(answers[10]?.statusCode).toBe(200);
  expect(await statuses(3, a.owner)).toEqual([200, 200, 200]);
  const { rows } = await runInTenant(a.owner.tenant.id, () =>
    server.app.get(TenantPool, { strict: false }).query('SHOW statement_timeout'),
  );
  expect(rows).toEqual([{ statement_timeout: '4321ms' }]);
});

it('counts in PostgreSQL, and tells the tenants apart there', async () => {
  const limits = { burst: { requests: 3, seconds: 600 } };
  const file = path.join(folder, 'postgres.json');
  const plans = { free: { user: limits } };
  await writeFile(file, JSON.stringify({ defaultPlan: 'free', plans }));
  server = await startTestServer({ RATE_LIMITS_FILE: file, RATE_LIMIT_STORE: 'postgres' });
  const { a, b } = server;
  expect(await statuses(5, a.owner)).toEqual([200, 200, 200, 429, 429]);
  expect(await statuses(3, b.owner)).toEqual([200, 200, 200]);
  const admin = new pg.Client({ connectionString: server.db.admin });
  await admin.connect();
  const { rows } = await admin.query(
    'SELECT tenant_id, requests FROM ringfence.rate_limit_counters WHERE tenant_id = ANY ($1)',
    [[a.owner.tenant.id, b.owner.tenant.id]],
  );
  await admin.end();
  expect(rows.map(({ tenant_id }) => tenant_id).sort()).toEqual(
    [a.owner.tenant.id, b.owner.tenant.id].sort(),
  );
});

it.each([
  ['memory', 200],
  ['open', 200],
  ['closed', 503],
])('starts and answers while Redis is away: %s', async (policy, status) => {
  server = await startTestServer({
    RATE_LIMIT_STORE: 'redis',
    // Nobody listens on port 1.
    REDIS_URL: 'redis://:hunter2@127.0.0.1:1',
    RATE_LIMIT_WHEN_STORE_FAILS: policy,
  });
  const answer = await me(server.a.owner);
  expect(answer.statusCode).toBe(status);
  expect('ratelimit' in answer.headers).toBe(policy === 'memory');
  if (status === 503) {
    expect(answer.json()).toMatchObject({ code: 'RATE_LIMITER_UNAVAILABLE' });
    expect(answer.headers['retry-after']).toBe('1');
  }
  expect(server.logged()).toContain('The store of the rate limiter failed.');
  expect(server.logged()).not.toContain('hunter2');
});

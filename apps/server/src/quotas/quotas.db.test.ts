import { OperatorPool } from 'ringfence/postgres';
import { SET_PLAN_QUOTA_STATEMENT, SET_TENANT_QUOTA_STATEMENT } from 'ringfence/sql';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { ask } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';

let server: TestServer;
let operator: OperatorPool;
let projectId: string;
beforeAll(async () => {
  server = await startTestServer();
  operator = new OperatorPool({ connectionString: server.db.operator, max: 1 });
  const { owner } = server.a;
  const organizationId = (
    await ask(server, owner, 'POST /organizations', { body: { name: 'of A' } })
  ).body.id;
  const project = { name: 'of A', organizationId };
  projectId = (await ask(server, owner, 'POST /projects', { body: project })).body.id;
});
beforeEach(async () => {
  for (const quota of ['seats', 'documents', 'storage']) await allow(quota, null);
});
afterAll(async () => {
  await operator?.end();
  await server?.stop();
});

const allow = (quota: string, allowed: number | null) =>
  operator.run('what a test allows', (db) =>
    db.query(SET_TENANT_QUOTA_STATEMENT, [server.a.owner.tenant.id, quota, allowed]),
  );
const quotas = async (who = server.a.owner): Promise<Record<string, unknown>> => {
  const { items } = (await ask(server, who, 'GET /quotas')).body;
  return Object.fromEntries(
    items.map(({ name, used, allowed }: Record<string, unknown>) => [name, [used, allowed]]),
  );
};
const write = (body = 'twelve bytes') =>
  ask(server, server.a.owner, 'POST /documents', { body: { projectId, title: 'of A', body } });

it('tells owners and admins what their tenant has and may have, and nothing of another', async () => {
  await allow('documents', 5);
  await write();
  expect(await quotas()).toEqual({ seats: [4, null], documents: [1, 5], storage: [12, null] });
  expect(await quotas(server.b.admin)).toEqual({
    seats: [4, null],
    documents: [0, null],
    storage: [0, null],
  });
  for (const role of ['member', 'viewer'] as const) {
    expect((await ask(server, server.a[role], 'GET /quotas')).status).toBe(403);
  }
});

it('refuses a document, more of its body, and a person beyond the quota, with which it was', async () => {
  const used = await quotas();
  const [documents] = used.documents as [number];
  await allow('documents', documents + 1);
  const { body: document, headers } = await write();
  const refused = await write();
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'QUOTA_EXCEEDED', quota: { name: 'documents', allowed: documents + 1 } },
  });
  expect(refused.headers['content-type']).toContain('application/problem+json');
  expect(JSON.stringify(refused.body)).not.toContain(server.a.owner.tenant.id);

  const [bytes] = (await quotas()).storage as [number];
  await allow('storage', bytes + 8);
  const change = (body: string) =>
    ask(server, server.a.owner, `PATCH /documents/${document.id}`, {
      body: { body },
      headers: { 'if-match': String(headers.etag) },
    });
  expect(await change('x'.repeat(21))).toMatchObject({
    status: 409,
    body: { quota: { name: 'storage' } },
  });
  expect((await change('x'.repeat(20))).status).toBe(200);

  await allow('seats', 4);
  const person = { email: 'fifth@a.test', name: 'The fifth', role: 'member' };
  expect(await ask(server, server.a.owner, 'POST /users', { body: person })).toMatchObject({
    status: 409,
    body: { quota: { name: 'seats', allowed: 4 } },
  });
  await allow('seats', 5);
  expect((await ask(server, server.a.owner, 'POST /users', { body: person })).status).toBe(201);
});

it('lets exactly as many of fifty requests in as the plan has room for', async () => {
  const [used] = (await quotas(server.b.owner)).documents as [number];
  const organizationId = (
    await ask(server, server.b.owner, 'POST /organizations', { body: { name: 'of B' } })
  ).body.id;
  const project = { name: 'of B', organizationId };
  const { id } = (await ask(server, server.b.owner, 'POST /projects', { body: project })).body;
  await operator.run('what a test allows', (db) =>
    db.query(SET_PLAN_QUOTA_STATEMENT, ['default', 'documents', used + 13]),
  );
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const body = { projectId: id, title: 'of B', body: '' };
      return (await ask(server, server.b.owner, 'POST /documents', { body })).status;
    }),
  );
  expect(statuses.filter((status) => status === 201)).toHaveLength(13);
  expect(statuses.filter((status) => status === 409)).toHaveLength(37);
  expect((await quotas(server.b.owner)).documents).toEqual([used + 13, used + 13]);
});

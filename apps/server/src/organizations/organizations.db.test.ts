import { runInTenant } from 'ringfence/context';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, expectProblem } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const make = async (name = 'Acme'): Promise<string> =>
  (await ask(server, server.a.admin, 'POST /organizations', { body: { name } })).body.id;
const admin = (request: string, extras = {}) => ask(server, server.a.admin, request, extras);

describe('organizations', () => {
  it('are created, read, changed and deleted', async () => {
    const created = await admin('POST /organizations', { body: { name: 'Acme' } });
    expect(created.status).toBe(201);
    const { id } = created.body;
    expect(created.headers).toMatchObject({ location: `/organizations/${id}`, etag: '"v1"' });
    expect(created.body).toEqual({
      id: expect.any(String),
      name: 'Acme',
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });

    const read = await admin(`GET /organizations/${id}`);
    expect(read).toMatchObject({ status: 200, body: created.body });
    expect(read.headers.etag).toBe('"v1"');

    const changed = await admin(`PATCH /organizations/${id}`, { body: { name: 'Acme Ltd' } });
    expect(changed).toMatchObject({ status: 200, body: { id, name: 'Acme Ltd' } });
    expect(changed.headers.etag).toBe('"v2"');
    expect(changed.body.createdAt).toBe(created.body.createdAt);

    expect(await admin(`DELETE /organizations/${id}`)).toMatchObject({ status: 204, text: '' });
    expectProblem(await admin(`GET /organizations/${id}`), 404, 'NOT_FOUND');
    expectProblem(await admin(`DELETE /organizations/${id}`), 404, 'NOT_FOUND');
    const again = await admin(`PATCH /organizations/${id}`, { body: { name: 'x' } });
    expectProblem(again, 404, 'NOT_FOUND');
  });

  it('keep to themselves while projects stand on them, and take memberships along', async () => {
    const id = await make();
    const user = server.a.member.id;
    await runInTenant(server.a.member.tenant.id, () =>
      server.prisma.membership.create({ data: { organizationId: id, userId: user } }),
    );
    const { body: project } = await admin('POST /projects', {
      body: { organizationId: id, name: 'p' },
    });
    expectProblem(await admin(`DELETE /organizations/${id}`), 409, 'HAS_CHILDREN');
    expect((await admin(`GET /organizations/${id}`)).status).toBe(200);
    await admin(`DELETE /projects/${project.id}`);
    expect((await admin(`DELETE /organizations/${id}`)).status).toBe(204);
    expect((await admin(`GET /users/${user}`)).status).toBe(200);
  });
});

describe('a version', () => {
  it('is not sent again to whoever holds it', async () => {
    const id = await make();
    const same = await admin(`GET /organizations/${id}`, { headers: { 'if-none-match': '"v1"' } });
    expect(same).toMatchObject({ status: 304, text: '' });
    expect(same.headers).toMatchObject({ etag: '"v1"', 'cache-control': 'private, no-cache' });
    const other = await admin(`GET /organizations/${id}`, { headers: { 'if-none-match': '"v9"' } });
    expect(other.status).toBe(200);
  });

  it('guards changes and deletion when If-Match names it', async () => {
    const id = await make();
    const patch = (etag: string, name: string) =>
      admin(`PATCH /organizations/${id}`, { headers: { 'if-match': etag }, body: { name } });
    expect((await patch('"v1"', 'second')).headers.etag).toBe('"v2"');
    expectProblem(await patch('"v1"', 'stale'), 412, 'PRECONDITION_FAILED');
    expectProblem(await patch('W/"v2"', 'weak'), 412, 'PRECONDITION_FAILED');
    expectProblem(await patch('nonsense', 'x'), 412, 'PRECONDITION_FAILED');
    expect((await patch('"v7", "v2"', 'third')).headers.etag).toBe('"v3"');
    expect((await patch('*', 'fourth')).headers.etag).toBe('"v4"');
    const stale = { headers: { 'if-match': '"v3"' } };
    expectProblem(await admin(`DELETE /organizations/${id}`, stale), 412, 'PRECONDITION_FAILED');
    expect((await admin(`GET /organizations/${id}`)).body.name).toBe('fourth');
    const fresh = { headers: { 'if-match': '"v4"' } };
    expect((await admin(`DELETE /organizations/${id}`, fresh)).status).toBe(204);
  });

  it('is won by one of several changes that are made at once', async () => {
    const id = await make();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, number) =>
        admin(`PATCH /organizations/${id}`, {
          headers: { 'if-match': '"v1"' },
          body: { name: `by ${number}` },
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 412, 412, 412, 412, 412, 412, 412]);
    const winner = answers.find(({ status }) => status === 200);
    const { body, headers } = await admin(`GET /organizations/${id}`);
    expect(body.name).toBe(winner?.body.name);
    expect(headers.etag).toBe('"v2"');
  });

  it('counts every change that is made without If-Match', async () => {
    const id = await make();
    await Promise.all(
      Array.from({ length: 8 }, (_, number) =>
        admin(`PATCH /organizations/${id}`, { body: { name: `by ${number}` } }),
      ),
    );
    expect((await admin(`GET /organizations/${id}`)).headers.etag).toBe('"v9"');
  });
});

describe('the list of organizations', () => {
  it('is read page by page, each item once, in the order of creation', async () => {
    const { owner } = server.b;
    const made: string[] = [];
    for (const name of ['1', '2', '3', '4', '5']) {
      const { body } = await ask(server, owner, 'POST /organizations', { body: { name } });
      made.push(body.id);
    }
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const next = cursor ? `&cursor=${cursor}` : '';
      const { body } = await ask(server, owner, `GET /organizations?limit=2${next}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual(made);
    const all = await ask(server, owner, 'GET /organizations');
    expect(all.body).toMatchObject({ nextCursor: null });
    expect(all.body.items.map(({ id }: { id: string }) => id)).toEqual(made);
  });

  it('keeps its place in rows of one and the same moment', async () => {
    const { tenant } = server.a.owner;
    const createdAt = new Date('2026-01-01T00:00:00.000Z');
    const data = Array.from({ length: 6 }, (_, number) => ({ name: `twin ${number}`, createdAt }));
    await runInTenant(tenant.id, () => server.prisma.organization.createMany({ data }));
    const first = await admin('GET /organizations?limit=4');
    const second = await admin(`GET /organizations?limit=4&cursor=${first.body.nextCursor}`);
    const names = [...first.body.items, ...second.body.items.slice(0, 2)].map(({ name }) => name);
    expect(names.sort()).toEqual(data.map(({ name }) => name).sort());
  });

  it("shows a tenant its own rows behind another tenant's cursor", async () => {
    const { body } = await admin('GET /organizations?limit=1');
    const foreign = await ask(
      server,
      server.b.viewer,
      `GET /organizations?cursor=${body.nextCursor}`,
    );
    expect(foreign.status).toBe(200);
    const own = await ask(server, server.b.viewer, 'GET /organizations');
    const known = own.body.items.map(({ id }: { id: string }) => id);
    expect(known.length).toBeGreaterThan(0);
    for (const { id } of foreign.body.items) expect(known).toContain(id);
  });
});

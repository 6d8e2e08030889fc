import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, expectProblem, makeRows, type TestRows } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';

const NOBODY = '00000000-0000-4000-8000-000000000000';

let server: TestServer;
let ours: TestRows;
let theirs: TestRows;
beforeAll(async () => {
  server = await startTestServer();
  ours = await makeRows(server, server.a, 'ours');
  theirs = await makeRows(server, server.b, 'theirs');
});
afterAll(() => server?.stop());

const member = (request: string, extras = {}) => ask(server, server.a.member, request, extras);

describe('projects', () => {
  it('are created, read, moved and deleted', async () => {
    const input = { organizationId: ours.organization, name: 'Moon' };
    const created = await member('POST /projects', { body: input });
    expect(created).toMatchObject({ status: 201, body: input });
    const { id } = created.body;
    expect(created.headers).toMatchObject({ location: `/projects/${id}`, etag: '"v1"' });
    expect(Object.keys(created.body).sort()).toEqual(
      ['createdAt', 'id', 'name', 'organizationId', 'updatedAt'].sort(),
    );
    expect((await member(`GET /projects/${id}`)).body).toEqual(created.body);

    const { body: other } = await ask(server, server.a.owner, 'POST /organizations', {
      body: { name: 'Other' },
    });
    const moved = await member(`PATCH /projects/${id}`, { body: { organizationId: other.id } });
    expect(moved).toMatchObject({ status: 200, body: { name: 'Moon', organizationId: other.id } });
    expect((await member(`DELETE /projects/${id}`)).status).toBe(204);
    expectProblem(await member(`GET /projects/${id}`), 404, 'NOT_FOUND');
  });

  it('stay while documents stand on them', async () => {
    expectProblem(await member(`DELETE /projects/${ours.project}`), 409, 'HAS_CHILDREN');
    expect((await member(`GET /projects/${ours.project}`)).status).toBe(200);
  });

  it.each([
    ['nobody', () => NOBODY],
    ['another tenant', () => theirs.organization],
  ])('do not join an organization of %s, and the answer is the same', async (_, id) => {
    const before = await ask(server, server.b.viewer, `GET /projects?limit=100`);
    const create = { organizationId: id(), name: 'x' };
    const created = await member('POST /projects', { body: create });
    expectProblem(created, 404, 'REFERENCE_NOT_FOUND', '/organizationId');
    const moved = await member(`PATCH /projects/${ours.project}`, {
      body: { organizationId: id() },
    });
    expectProblem(moved, 404, 'REFERENCE_NOT_FOUND', '/organizationId');
    const { requestId: _1, ...first } = created.body;
    const { requestId: _2, ...second } = moved.body;
    expect(first).toEqual(second);
    expect((await member(`GET /projects/${ours.project}`)).body.organizationId).toBe(
      ours.organization,
    );
    expect((await ask(server, server.b.viewer, `GET /projects?limit=100`)).body).toEqual(
      before.body,
    );
  });

  it('are listed by organization, page by page', async () => {
    const { body: organization } = await ask(server, server.a.owner, 'POST /organizations', {
      body: { name: 'Listed' },
    });
    const names = ['a', 'b', 'c'];
    for (const name of names) {
      await member('POST /projects', { body: { organizationId: organization.id, name } });
    }
    const filter = `organizationId=${organization.id.toUpperCase()}`;
    const first = await member(`GET /projects?${filter}&limit=2`);
    const second = await member(`GET /projects?${filter}&limit=2&cursor=${first.body.nextCursor}`);
    expect([...first.body.items, ...second.body.items].map(({ name }) => name)).toEqual(names);
    expect(second.body.nextCursor).toBeNull();
    expect((await member('GET /projects')).body.items.length).toBeGreaterThan(names.length);
  });

  it("list nothing by another tenant's organization", async () => {
    const path = `GET /projects?organizationId=${theirs.organization}`;
    expect((await ask(server, server.b.viewer, path)).body.items).toHaveLength(1);
    expect((await member(path)).body).toEqual({ items: [], nextCursor: null });
  });
});

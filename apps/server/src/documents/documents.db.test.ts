import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, expectProblem, makeRows, type TestRows } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';

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

/** What breaks where text is put into SQL, JSON, HTML, a log or a pattern. */
const TEXTS = [
  `'; DROP TABLE documents; --`,
  `" OR "1"="1`,
  `$1 $$ \${x} %s %00 \\0 \\x00 \\u0000`,
  `1' UNION SELECT password_hash FROM users --`,
  `';SELECT set_config('app.current_tenant_id','00000000-0000-0000-0000-000000000000',false);--`,
  `<script>alert(1)</script> {{7*7}} \${7*7}`,
  'Ünïcödé 日本語 עברית 🏳️‍🌈 \u202e \ufeff \u0301',
  'tab\there, line\r\nthere, bell\u0007, escape\u001b[31m',
  '{"tenantId":"00000000-0000-0000-0000-000000000000"}',
  '  padded  ',
];

describe('documents', () => {
  it('are created, read, changed and deleted', async () => {
    const input = { projectId: ours.project, title: 'Title', body: 'Body' };
    const created = await member('POST /documents', { body: input });
    expect(created).toMatchObject({ status: 201, body: input });
    const { id } = created.body;
    expect(created.headers).toMatchObject({ location: `/documents/${id}`, etag: '"v1"' });
    const changed = await member(`PATCH /documents/${id}`, { body: { body: '' } });
    expect(changed).toMatchObject({ status: 200, body: { ...input, body: '' } });
    expect((await member(`DELETE /documents/${id}`)).status).toBe(204);
    expectProblem(await member(`GET /documents/${id}`), 404, 'NOT_FOUND');
  });

  it.each(TEXTS)('hold %j exactly as it was sent, but in names of people', async (value) => {
    const { body: organization } = await ask(server, server.a.owner, 'POST /organizations', {
      body: { name: value },
    });
    const { body: project } = await member('POST /projects', {
      body: { organizationId: organization.id, name: value },
    });
    const { body: document } = await member('POST /documents', {
      body: { projectId: project.id, title: value, body: value },
    });
    const changed = await member(`PATCH /documents/${document.id}`, {
      body: { title: value, body: value },
    });
    expect(changed.status).toBe(200);
    const read = async (path: string) => (await member(`GET ${path}`)).body;
    expect(await read(`/organizations/${organization.id}`)).toMatchObject({ name: value });
    expect(await read(`/projects/${project.id}`)).toMatchObject({ name: value });
    expect(await read(`/documents/${document.id}`)).toMatchObject({ title: value, body: value });
  });

  it('hold a hundred thousand characters, whatever they are, and not one more', async () => {
    const input = {
      projectId: ours.project,
      title: '🏳'.repeat(150),
      body: '\u0001'.repeat(100_000),
    };
    const created = await member('POST /documents', { body: input });
    expect(created).toMatchObject({ status: 201, body: input });
    const more = { ...input, body: `${input.body}x` };
    expectProblem(
      await member('POST /documents', { body: more }),
      400,
      'VALIDATION_FAILED',
      '/body',
    );
    await member(`DELETE /documents/${created.body.id}`);
  });

  it("do not join another tenant's project", async () => {
    const body = { projectId: theirs.project, title: 'x', body: 'x' };
    const created = await member('POST /documents', { body });
    expectProblem(created, 404, 'REFERENCE_NOT_FOUND', '/projectId');
    const moved = await member(`PATCH /documents/${ours.document}`, {
      body: { projectId: theirs.project },
    });
    expectProblem(moved, 404, 'REFERENCE_NOT_FOUND', '/projectId');
  });

  it('are listed by project', async () => {
    const { body } = await member(`GET /documents?projectId=${ours.project}`);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([ours.document]);
    const path = `GET /documents?projectId=${theirs.project}`;
    expect((await ask(server, server.b.viewer, path)).body.items).toHaveLength(1);
    expect((await member(path)).body).toEqual({ items: [], nextCursor: null });
  });
});

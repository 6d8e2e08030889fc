import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

describe('organizations', () => {
  it('are created, read, changed and deleted', async () => {
    const { admin } = server.a;
    const created = await ask(server, admin, 'POST /organizations', { body: { name: 'Acme' } });
    expect(created.status).toBe(201);
    const { id } = created.body;
    expect(created.headers).toMatchObject({ location: `/organizations/${id}`, etag: '"v1"' });
    expect(created.body).toEqual({
      id: expect.any(String),
      name: 'Acme',
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });

    const read = await ask(server, admin, `GET /organizations/${id}`);
    expect(read).toMatchObject({ status: 200, body: created.body });
    expect(read.headers.etag).toBe('"v1"');

    const changed = await ask(server, admin, `PATCH /organizations/${id}`, {
      body: { name: 'Acme Ltd' },
    });
    expect(changed).toMatchObject({ status: 200, body: { id, name: 'Acme Ltd' } });
    expect(changed.headers.etag).toBe('"v2"');

    const deleted = await ask(server, admin, `DELETE /organizations/${id}`);
    expect(deleted).toMatchObject({ status: 204, text: '' });
    expect((await ask(server, admin, `GET /organizations/${id}`)).status).toBe(404);
    expect((await ask(server, admin, `DELETE /organizations/${id}`)).status).toBe(404);
  });
});

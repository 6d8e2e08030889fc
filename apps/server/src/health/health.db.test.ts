import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, expectProblem } from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.app.close());

describe('the health of the server', () => {
  it('is well while the database answers, and needs no token', async () => {
    for (const path of ['GET /healthz', 'GET /readyz']) {
      expect(await ask(server, undefined, path)).toMatchObject({
        status: 200,
        body: { status: 'ok' },
      });
    }
  });

  it('is alive but not ready when the database is gone', async () => {
    await server.db.drop();
    expect((await ask(server, undefined, 'GET /healthz')).status).toBe(200);
    expectProblem(await ask(server, undefined, 'GET /readyz'), 503, 'DATABASE_UNAVAILABLE');
    const answer = await ask(server, server.a.viewer, 'GET /projects');
    expect(answer.status).toBe(503);
  });
});

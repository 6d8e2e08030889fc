import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ask } from './ask.fixture.js';
import { startTestServer, type TestServer } from './server-app.fixture.js';

let server: TestServer;
let operator: pg.Client;
beforeAll(async () => {
  server = await startTestServer();
  operator = new pg.Client({ connectionString: server.db.operator });
  await operator.connect();
});
afterAll(async () => {
  await operator.end();
  await server.stop();
});

const become = (state: string): Promise<unknown> =>
  operator.query('UPDATE ringfence.tenants SET state = $1 WHERE id = $2', [
    state,
    server.a.owner.tenant.id,
  ]);
const me = (who = server.a.owner) => ask(server, who, 'GET /auth/me');

it('stops a live token of a tenant that is suspended or deleted, and of no other', async () => {
  for (const [state, status, code] of [
    ['suspended', 403, 'TENANT_SUSPENDED'],
    ['active', 200, undefined],
    ['deleting', 410, 'TENANT_DELETING'],
  ] as const) {
    await become(state);
    await vi.waitFor(async () => expect((await me()).status).toBe(status), { timeout: 10_000 });
    expect((await me()).body.code).toBe(code);
    expect((await me(server.b.owner)).status).toBe(200);
  }
  await operator.query('DELETE FROM ringfence.tenants WHERE id = $1', [server.a.owner.tenant.id]);
  await vi.waitFor(async () => expect((await me()).status).toBe(401), { timeout: 10_000 });
  expect((await me()).body.code).toBe('TOKEN_INVALID');
});

it('leaves no connection behind when the server stops', async () => {
  const feeds = async (): Promise<number> => {
    const { rows } = await operator.query(
      "SELECT FROM pg_stat_activity WHERE application_name = 'ringfence change feed' AND datname = current_database()",
    );
    return rows.length;
  };
  await vi.waitFor(async () => expect(await feeds()).toBe(1));
  await server.app.close();
  await vi.waitFor(async () => expect(await feeds()).toBe(0));
});

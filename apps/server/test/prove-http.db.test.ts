import { proveHttp } from 'ringfence/prover';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeRows } from './ask.fixture.js';
import { startTestServer, type TestServer } from './server-app.fixture.js';

let server: TestServer;
let baseUrl: string;
beforeAll(async () => {
  server = await startTestServer();
  await makeRows(server, server.a, 'of A');
  await makeRows(server, server.b, 'of B');
  await server.app.listen(0, '127.0.0.1');
  baseUrl = await server.app.getUrl();
});
afterAll(() => server?.stop());

it('the real server shows and tells one tenant nothing of the other', async () => {
  const proof = await proveHttp({
    openapi: `${baseUrl}/openapi.json`,
    baseUrl,
    a: {
      token: server.a.owner.token,
      tenant: server.a.owner.tenant.slug,
      host: `${server.a.owner.tenant.slug}.localhost`,
    },
    b: {
      token: server.b.owner.token,
      tenant: server.b.owner.tenant.slug,
      host: `${server.b.owner.tenant.slug}.localhost`,
    },
    perSecond: 1000,
    timingSamples: 3,
  });
  expect(proof.findings.filter(({ verdict }) => verdict !== 'proven')).toEqual([]);
  expect(proof.summary.proven).toBeGreaterThan(50);
});

import type { Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { ROUTES, startShop } from './forty-routes.fixture.js';
import { routesOf } from './openapi-routes.js';
import { proveHttp } from './prove-http.js';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

const credentials = {
  a: { token: 'token-acme', headers: { 'X-API-Key': 'key-acme' }, tenant: 'acme' },
  b: { token: 'token-globex', headers: { 'X-API-Key': 'key-globex' }, tenant: 'globex' },
  perSecond: 100_000,
  timingSamples: 0,
};

/** Nothing of another tenant can be named on these. */
const NOTHING_TO_TAKE = ['GET /me', 'POST /reports'];

const NAMES = Object.keys(ROUTES);

it.each(['3.0.3', '3.1.0'] as const)('a whole server is proven (OpenAPI %s)', async (version) => {
  const shop = await startShop(undefined, version);
  server = shop.server;
  const names = routesOf(shop.openapi).map(({ method, path }) => `${method} ${path}`);
  expect(names.sort()).toEqual([...NAMES].sort());
  expect(names.length).toBeGreaterThanOrEqual(40);
  const { findings } = await proveHttp({ ...shop, ...credentials });
  expect(findings.filter(({ verdict }) => verdict === 'leaked')).toEqual([]);
});

it.each(NAMES.filter((name) => !NOTHING_TO_TAKE.includes(name)))(
  'a check left out of %s is found',
  async (name) => {
    const shop = await startShop(name, NAMES.indexOf(name) % 2 ? '3.0.3' : '3.1.0');
    server = shop.server;
    const { findings } = await proveHttp({ ...shop, ...credentials, only: [name] });
    const leaks = findings.filter(({ verdict }) => verdict === 'leaked');
    expect(leaks.map(({ route }) => route)).toContain(name);
  },
);

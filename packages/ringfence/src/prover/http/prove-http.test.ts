import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { OpenApiDocument } from './openapi-routes.js';
import { proveHttp } from './prove-http.js';

// Forty routes: ten resources × (list, get, patch, delete). One of them may be broken.
const RESOURCES = Array.from({ length: 10 }, (_, at) => `thing${at}s`);
type Fault = 'get' | 'patch' | 'delete' | 'exists' | 'list' | 'filter' | 'etag' | 'header' | 'none';

interface Row {
  id: string;
  tenant: string;
  name: string;
}

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function start(
  fault: Fault,
  broken = 'thing6s',
): Promise<{ openapi: OpenApiDocument; baseUrl: string }> {
  const rows = new Map<string, Row[]>(
    RESOURCES.map((name) => [
      name,
      ['a', 'b'].map((tenant) => ({
        id: randomUUID(),
        tenant,
        name: `${name} of ${tenant} ${randomUUID()}`,
      })),
    ]),
  );
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const [, resource = '', id] = pathname.split('/');
    const is = (one: Fault): boolean => fault === one && resource === broken;
    const answer = (status: number, body?: unknown, headers = {}): void => {
      response.writeHead(status, headers);
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    let tenant = (request.headers.authorization ?? '').replace('Bearer token-', '');
    if (tenant === '') return answer(401, {});
    if (is('header') && request.headers['x-tenant']) tenant = String(request.headers['x-tenant']);
    const all = rows.get(resource) ?? [];
    if (id === undefined) {
      const wanted = searchParams.get('ownerId');
      const open = is('list') || (is('filter') && wanted !== null);
      const items = all.filter((row) => open || row.tenant === tenant);
      return answer(200, { items: items.map(({ id: key, name }) => ({ id: key, name })) });
    }
    const row = all.find((one) => one.id === id);
    const own = row?.tenant === tenant;
    const open =
      (is('get') && request.method === 'GET') ||
      (is('patch') && request.method === 'PATCH') ||
      (is('delete') && request.method === 'DELETE');
    if (row && is('etag') && request.headers['if-none-match'] === `"${row.id}"`) return answer(304);
    if (!row) return answer(404, {});
    if (!own && !open) return answer(is('exists') ? 403 : 404, {});
    if (request.method === 'DELETE') {
      rows.set(
        resource,
        all.filter((one) => one !== row),
      );
      return answer(204);
    }
    return answer(200, { id: row.id, name: row.name }, { etag: `"${row.id}"` });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const schema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
  const body = { requestBody: { content: { 'application/json': { schema } } } };
  const paths = Object.fromEntries(
    RESOURCES.flatMap((name) => [
      [`/${name}`, { get: { parameters: [{ name: 'ownerId', in: 'query' }] } }],
      [`/${name}/{id}`, { get: {}, patch: body, delete: {} }],
    ]),
  );
  return {
    openapi: { paths },
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
}

const credentials = {
  a: { token: 'token-a', tenant: 'a', host: 'a.localhost' },
  b: { token: 'token-b', tenant: 'b', host: 'b.localhost' },
  perSecond: 10_000,
  timingSamples: 5,
};

describe('a server with forty routes', () => {
  it('that keeps the tenants apart is proven', async () => {
    const proof = await proveHttp({ ...(await start('none')), ...credentials });
    expect(proof.findings.filter(({ verdict }) => verdict !== 'proven')).toEqual([]);
    expect(proof.summary).toMatchObject({ routes: 40, leaked: 0 });
    expect(proof.timing).toHaveLength(10);
  });

  it.each<[Fault, string, string]>([
    ['get', 'GET /thing6s/{id}', 'foreign-id'],
    ['patch', 'PATCH /thing6s/{id}', 'foreign-id'],
    ['delete', 'DELETE /thing6s/{id}', 'foreign-id'],
    ['exists', 'GET /thing6s/{id}', 'foreign-id'],
    ['list', 'GET /thing6s', 'list'],
    ['filter', 'GET /thing6s', 'query-filter'],
    ['etag', 'GET /thing6s/{id}', 'etag'],
    ['header', 'GET /thing6s', 'other-tenant-header'],
  ])('one of which is broken (%s) is found out', async (fault, route, check) => {
    const { findings } = await proveHttp({ ...(await start(fault)), ...credentials });
    const leaks = findings.filter(({ verdict }) => verdict === 'leaked');
    expect(leaks).toContainEqual(expect.objectContaining({ route, check }));
    for (const leak of leaks) expect(leak.route).toContain('thing6s');
  });
});

it('another machine is attacked only by whoever says that it is theirs', async () => {
  await start('none');
  await expect(
    proveHttp({ openapi: { paths: {} }, baseUrl: 'http://192.0.2.1', ...credentials }),
  ).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
});

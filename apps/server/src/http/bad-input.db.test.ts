import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ask,
  type Extras,
  everythingOf,
  expectProblem,
  makeRows,
  type TestRows,
} from '../../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../../test/server-app.fixture.js';

let server: TestServer;
let rows: TestRows;
let before: unknown;
beforeAll(async () => {
  server = await startTestServer();
  rows = await makeRows(server, server.a, 'ours');
  before = await everythingOf(server, server.a);
});
afterAll(async () => {
  // Whatever was refused above has changed nothing.
  expect(await everythingOf(server, server.a)).toEqual(before);
  await server?.stop();
});

const owner = (request: string, extras: Extras = {}) =>
  ask(server, server.a.owner, request, extras);
const json = { 'content-type': 'application/json' };

describe('a body', () => {
  it.each<[what: string, extras: Extras, code?: string, status?: number]>([
    ['that is no JSON', { raw: '{"name":' }, 'BODY_MALFORMED'],
    ['of single quotes', { raw: "{'name':'x'}" }, 'BODY_MALFORMED'],
    ['that goes on after its end', { raw: '{"name":"x"} {}' }, 'BODY_MALFORMED'],
    ['with a number that is none', { raw: '{"name":NaN}' }, 'BODY_MALFORMED'],
    [
      'with a key that reaches the prototype',
      { raw: '{"name":"x","__proto__":{}}' },
      'BODY_MALFORMED',
    ],
    [
      'with a key that reaches the constructor',
      { raw: '{"name":"x","constructor":{"prototype":{}}}' },
      'BODY_MALFORMED',
    ],
    [
      'of more than a megabyte',
      { raw: JSON.stringify({ name: 'x'.repeat(1_100_000) }) },
      'BODY_TOO_LARGE',
      413,
    ],
    ['that is Latin-1', { raw: Buffer.from('{"name":"Zo\xeb"}', 'latin1') }, 'BODY_MALFORMED'],
    [
      'that is cut off inside a character',
      {
        raw: Buffer.concat([
          Buffer.from('{"name":"'),
          Buffer.from([0xe2, 0x82]),
          Buffer.from('"}'),
        ]),
      },
      'BODY_MALFORMED',
    ],
    ['that is empty', { raw: '', headers: json }],
    ['that is missing', {}],
    ['that is a list', { body: [{ name: 'x' }] }],
    ['that is an empty list', { body: [] }],
    ['that is a text', { body: 'name' }],
    ['that is a number', { body: 1 }],
    ['that is null', { body: null }],
    ['without a field', { body: {} }],
    [
      'nested thirty thousand deep',
      { raw: `{"name":${'['.repeat(30_000)}${']'.repeat(30_000)}}` },
      'BODY_MALFORMED',
    ],
    [
      'of three thousand unknown fields',
      {
        body: Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`f${i}`, 1])),
      },
    ],
  ])('%s is refused', async (_, extras, code = 'VALIDATION_FAILED', status = 400) => {
    const created = await owner('POST /organizations', extras);
    expectProblem(created, status, code);
    expect(created.text.length).toBeLessThan(5000);
    expectProblem(await owner(`PATCH /organizations/${rows.organization}`, extras), status, code);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ])('of type %s is refused', async (type) => {
    const extras = { raw: 'name=x', headers: { 'content-type': type } };
    const answer = await owner('POST /organizations', extras);
    expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it('of no bytes may go along with DELETE', async () => {
    const { body } = await owner('POST /organizations', { body: { name: 'x' } });
    const extras = { raw: '', headers: json };
    expect((await owner(`DELETE /organizations/${body.id}`, extras)).status).toBe(204);
  });
});

describe('a stranger', () => {
  const escaped = (length: number) => '\\u0061'.repeat(length);
  const login = (password: string) => ({
    raw: `{"tenant":"${escaped(253)}","email":"${escaped(254)}","password":"${password}"}`,
  });

  it('may send credentials of any length that is allowed', async () => {
    const answer = await ask(server, undefined, 'POST /auth/login', login(escaped(1024)));
    expectProblem(answer, 401, 'CREDENTIALS_INVALID');
  });

  it.each(['login', 'refresh', 'logout'])('has no more than that read by %s', async (route) => {
    const answer = await ask(server, undefined, `POST /auth/${route}`, login(escaped(4000)));
    expectProblem(answer, 413, 'BODY_TOO_LARGE');
  });
});

describe('a field', () => {
  it.each<[resource: string, field: string, value: unknown]>([
    ['organization', 'name', 1],
    ['organization', 'name', null],
    ['organization', 'name', ['x']],
    ['organization', 'name', { set: 'x' }],
    ['organization', 'name', ''],
    ['organization', 'name', ' \t\n'],
    ['organization', 'name', 'x'.repeat(201)],
    ['organization', 'name', 'a\0b'],
    ['organization', 'name', 'a\ud800b'],
    ['project', 'organizationId', 'x'],
    ['project', 'organizationId', "' OR 1=1 --"],
    ['project', 'organizationId', { connect: {} }],
    ['project', 'organizationId', null],
    ['document', 'title', 'x'.repeat(301)],
    ['document', 'title', 'a\0b'],
    ['document', 'body', 'x'.repeat(100_001)],
    ['document', 'body', 'a\0b'],
    ['document', 'body', null],
    ['user', 'email', 'x'],
    ['user', 'email', 'x@'],
    ['user', 'email', 'a\0@example.test'],
    ['user', 'email', "x@example.test'; DROP TABLE users; --"],
    ['user', 'email', `${'x'.repeat(250)}@example.test`],
    ['user', 'role', 'superuser'],
    ['user', 'role', 'Owner'],
    ['user', 'role', ['owner']],
    ['user', 'role', null],
  ])('%s.%s that is %j is refused by name', async (resource, field, value) => {
    const whole: Record<string, object> = {
      organization: { name: 'x' },
      project: { organizationId: rows.organization, name: 'x' },
      document: { projectId: rows.project, title: 'x', body: 'x' },
      user: { email: 'x@example.test', name: 'x', role: 'viewer' },
    };
    const created = await owner(`POST /${resource}s`, {
      body: { ...whole[resource], [field]: value },
    });
    expectProblem(created, 400, 'VALIDATION_FAILED', `/${field}`);
    const id = rows[resource as keyof TestRows];
    const changed = await owner(`PATCH /${resource}s/${id}`, { body: { [field]: value } });
    expectProblem(changed, 400, 'VALIDATION_FAILED', `/${field}`);
  });

  it('whose name cannot be stored is refused', async () => {
    const answer = await owner('POST /organizations', { body: { name: 'x', 'a\0b': 1 } });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
  });
});

describe('an id in the path', () => {
  it.each([
    'x',
    '1',
    '%00',
    "'%20OR%201=1%20--",
    '00000000-0000-4000-8000-00000000000',
    '00000000-0000-4000-8000-0000000000000',
    '{00000000-0000-4000-8000-000000000000}',
    '00000000000040008000000000000000',
    '..%2f..%2fusers',
    'x'.repeat(1000),
  ])('%s is refused', async (id) => {
    for (const request of [`GET /projects/${id}`, `DELETE /projects/${id}`]) {
      expectProblem(await owner(request), 400, 'VALIDATION_FAILED', '/id');
    }
  });

  it.each(['%', '%E0%A4%A', '%ff'])('that is the malformed address %s is refused', async (id) => {
    const answer = await owner(`GET /projects/${id}`);
    expect(answer.status).toBe(400);
    expectProblem(answer, 400, answer.body.code);
  });
});

describe('a query', () => {
  it.each([
    ['limit=0', '/limit'],
    ['limit=101', '/limit'],
    ['limit=-1', '/limit'],
    ['limit=abc', '/limit'],
    ['limit=1.5', '/limit'],
    ['limit=1e1', '/limit'],
    ['limit=', '/limit'],
    ['limit=99999999999999999999', '/limit'],
    ['limit=1&limit=2', '/limit'],
    ['limit[]=1', '/limit[]'],
    ['cursor=', '/cursor'],
    ['cursor=abc', '/cursor'],
    ['cursor=%00', '/cursor'],
    ['cursor=e30', '/cursor'],
    ['cursor=a&cursor=b', '/cursor'],
    ['organizationId=x', '/organizationId'],
    ['organizationId=', '/organizationId'],
    ['tenantId=00000000-0000-4000-8000-000000000000', '/tenantId'],
    ['where=1', '/where'],
    ['__proto__=1', undefined],
  ])('%s is refused', async (query, pointer) => {
    expectProblem(await owner(`GET /projects?${query}`), 400, 'VALIDATION_FAILED', pointer);
  });
});

describe('an address', () => {
  it.each(['GET /nothing', 'GET /projects/x/y', 'GET /Projects', 'GET //projects'])(
    '%s is not found',
    async (request) => {
      expectProblem(await owner(request), 404, 'NOT_FOUND');
    },
  );
});

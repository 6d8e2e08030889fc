import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, expectProblem, makeRows, type TestRows } from '../test/ask.fixture.js';
import { startTestServer, type TestServer } from '../test/server-app.fixture.js';
import { PERMISSIONS, type Permission, type Role } from './permissions.js';

let server: TestServer;
let rows: TestRows;
beforeAll(async () => {
  server = await startTestServer();
  rows = await makeRows(server, server.a, 'ours');
});
afterAll(() => server?.stop());

const ALL: readonly Role[] = ['owner', 'admin', 'member', 'viewer'];

/** Each route with what it needs; its input is wrong on purpose, so that nothing is ever changed. */
const ROUTES: readonly (readonly [request: () => string, permission: Permission])[] = (
  ['organization', 'user', 'project', 'document'] as const
).flatMap((resource) => {
  const one = (): string => `/${resource}s/${rows[resource]}`;
  return [
    [() => `GET /${resource}s`, `${resource}.read`],
    [() => `GET ${one()}`, `${resource}.read`],
    [() => `POST /${resource}s`, `${resource}.create`],
    [() => `PATCH ${one()}`, `${resource}.update`],
    [() => `DELETE ${one()}`, `${resource}.delete`],
  ] as const;
});

describe.each(ALL)('as %s', (role) => {
  it.each(ROUTES)(
    'a request is let through or refused as its permission says: %#',
    async (request, permission) => {
      const [method] = request().split(' ');
      const extras = {
        ...(method === 'POST' || method === 'PATCH' ? { body: { nonsense: true } } : {}),
        ...(method === 'DELETE' ? { headers: { 'if-match': '"v0"' } } : {}),
      };
      const answer = await ask(server, server.a[role], request(), extras);
      if (!PERMISSIONS.roles[role].includes(permission)) {
        expectProblem(answer, 403, 'PERMISSION_DENIED');
      } else if (method === 'GET') {
        expect(answer.status).toBe(200);
      } else if (method === 'DELETE') {
        expect(answer.body.code).toMatch(/^(PRECONDITION_FAILED|HAS_CHILDREN)$/);
      } else {
        expectProblem(answer, 400, 'VALIDATION_FAILED', '/nonsense');
      }
    },
  );
});

describe('without a token', () => {
  it.each(ROUTES)('a request is refused: %#', async (request) => {
    const answer = await ask(server, undefined, request());
    expectProblem(answer, 401, 'AUTHENTICATION_REQUIRED');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('a request is refused before its body is looked at', async () => {
    const answer = await ask(server, undefined, 'POST /projects', { body: { nonsense: true } });
    expectProblem(answer, 401, 'AUTHENTICATION_REQUIRED');
  });
});

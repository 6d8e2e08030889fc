import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, everythingOf, expectProblem, makeRows, type TestRows } from './ask.fixture.js';
import { startTestServer, type TestServer } from './server-app.fixture.js';

const NOBODY = '7b0c3a52-0f5e-4b2c-9a55-b7f7d1c6e001';
const RESOURCES = ['organization', 'project', 'document', 'user'] as const;

/** A change that is right for each resource, so that nothing but the id stands in its way. */
const CHANGES = {
  organization: { name: 'taken over' },
  project: { name: 'taken over' },
  document: { title: 'taken over', body: 'taken over' },
  user: { name: 'taken over', role: 'viewer' },
};

let server: TestServer;
let ours: TestRows;
let theirs: TestRows;
beforeAll(async () => {
  server = await startTestServer();
  ours = await makeRows(server, server.a, 'of A');
  theirs = await makeRows(server, server.b, 'of B');
});
afterAll(() => server?.stop());

describe.each(RESOURCES)("another tenant's %s", (resource) => {
  it('is seen by its owner', async () => {
    const path = `GET /${resource}s/${theirs[resource]}`;
    expect((await ask(server, server.b.owner, path)).status).toBe(200);
  });

  it.each(['GET', 'PATCH', 'DELETE'])(
    'is not found by %s, like one that is nowhere',
    async (method) => {
      const before = await everythingOf(server, server.b);
      const extras = method === 'PATCH' ? { body: CHANGES[resource] } : {};
      for (const headers of [{}, { 'if-match': '*' }, { 'if-match': '"v1"' }]) {
        const answers = [];
        for (const id of [theirs[resource], theirs[resource].toUpperCase(), NOBODY]) {
          const path = `${method} /${resource}s/${id}`;
          const answer = await ask(server, server.a.owner, path, { ...extras, headers });
          expectProblem(answer, 404, 'NOT_FOUND');
          const { requestId: _, ...rest } = answer.body;
          answers.push(rest);
        }
        expect(answers[1]).toEqual(answers[0]);
        expect(answers[2]).toEqual(answers[0]);
      }
      expect(await everythingOf(server, server.b)).toEqual(before);
    },
  );

  it('is in no list', async () => {
    const seen = JSON.stringify(await everythingOf(server, server.a));
    expect(seen).toContain(ours[resource]);
    expect(seen).not.toContain(theirs[resource]);
    expect(seen).not.toContain('of B');
  });
});

describe('ids of one tenant on the routes of every other kind', () => {
  it('are not found', async () => {
    for (const resource of RESOURCES) {
      for (const other of RESOURCES.filter((each) => each !== resource)) {
        for (const rows of [ours, theirs]) {
          const answer = await ask(server, server.a.owner, `GET /${resource}s/${rows[other]}`);
          expectProblem(answer, 404, 'NOT_FOUND');
        }
      }
    }
  });
});

describe("another tenant's id in a body", () => {
  it.each([
    ['tenantId', () => server.b.owner.tenant.id],
    ['tenant_id', () => server.b.owner.tenant.id],
    ['tenantId', () => server.a.owner.tenant.id],
    ['id', () => theirs.organization],
    ['version', () => 1],
    ['createdAt', () => '2020-01-01T00:00:00.000Z'],
    ['passwordHash', () => 'x'],
  ])('is refused as %s, by name, whosever it is', async (field, value) => {
    const bodies = {
      organization: { name: 'x' },
      project: { organizationId: ours.organization, name: 'x' },
      document: { projectId: ours.project, title: 'x', body: 'x' },
      user: { email: 'x@example.test', name: 'x', role: 'viewer' },
    };
    for (const resource of RESOURCES) {
      const body = { ...bodies[resource], [field]: value() };
      const created = await ask(server, server.a.owner, `POST /${resource}s`, { body });
      expectProblem(created, 400, 'VALIDATION_FAILED', `/${field}`);
      const path = `PATCH /${resource}s/${ours[resource]}`;
      const changed = await ask(server, server.a.owner, path, { body });
      expectProblem(changed, 400, 'VALIDATION_FAILED', `/${field}`);
    }
  });
});

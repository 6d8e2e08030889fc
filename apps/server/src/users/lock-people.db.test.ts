import { randomUUID } from 'node:crypto';
import { runInTenant } from 'ringfence/context';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, expectProblem } from '../../test/ask.fixture.js';
import {
  startTestServer,
  type TestPerson,
  type TestServer,
} from '../../test/server-app.fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const email = (): string => `${randomUUID()}@example.test`;
const by = (person: TestPerson, request: string, body?: object) =>
  ask(server, person, request, body ? { body } : {});

async function make(person: TestPerson, role: string): Promise<string> {
  const { status, body } = await by(person, 'POST /users', { email: email(), name: 'N', role });
  expect(status).toBe(201);
  return body.id;
}

describe('an owner', () => {
  it('is made, changed and deleted by owners only', async () => {
    const { owner, admin } = server.a;
    const input = { email: email(), name: 'N', role: 'owner' };
    expectProblem(await by(admin, 'POST /users', input), 403, 'PERMISSION_DENIED');
    const second = await make(owner, 'owner');
    for (const [request, body] of [
      [`PATCH /users/${second}`, { name: 'x' }],
      [`PATCH /users/${second}`, { role: 'viewer' }],
      [`PATCH /users/${admin.id}`, { role: 'owner' }],
      [`DELETE /users/${second}`, undefined],
    ] as const) {
      expectProblem(await by(admin, request, body), 403, 'PERMISSION_DENIED');
    }
    expect((await by(owner, `PATCH /users/${second}`, { name: 'x' })).status).toBe(200);
    expect((await by(owner, `PATCH /users/${second}`, { role: 'admin' })).status).toBe(200);
    expect((await by(admin, `DELETE /users/${second}`)).status).toBe(204);
  });

  it('who is the last one stays an owner', async () => {
    const owner = server.b.owner;
    expectProblem(await by(owner, `DELETE /users/${owner.id}`), 409, 'LAST_OWNER');
    const demoted = await by(owner, `PATCH /users/${owner.id}`, { role: 'admin' });
    expectProblem(demoted, 409, 'LAST_OWNER');
    expect((await by(owner, `PATCH /users/${owner.id}`, { name: 'Still' })).status).toBe(200);
    expect((await by(owner, `PATCH /users/${owner.id}`, { role: 'owner' })).status).toBe(200);
    expect((await by(owner, `GET /users/${owner.id}`)).body.role).toBe('owner');
  });

  it.each([
    ['both resign', (one: TestPerson, _: TestPerson) => one, 'PATCH'],
    ['both delete themselves', (one: TestPerson, _: TestPerson) => one, 'DELETE'],
    ['each demotes the other', (_: TestPerson, other: TestPerson) => other, 'PATCH'],
    ['each deletes the other', (_: TestPerson, other: TestPerson) => other, 'DELETE'],
  ])('is left when there are two and at the same moment %s', async (_, victim, method) => {
    // Several rounds: one alone may miss the moment.
    for (let round = 0; round < 5; round += 1) {
      const { tenant } = server.b.owner;
      await runInTenant(tenant.id, () =>
        server.prisma.user.deleteMany({ where: { role: 'owner' } }),
      );
      const first = await server.person(tenant, 'owner');
      const second = await server.person(tenant, 'owner');
      const act = (one: TestPerson, other: TestPerson) =>
        by(
          one,
          `${method} /users/${victim(one, other).id}`,
          method === 'PATCH' ? { role: 'admin' } : undefined,
        );
      const answers = await Promise.all([act(first, second), act(second, first)]);
      const done = answers.filter(({ status }) => status === 200 || status === 204);
      expect(done).toHaveLength(1);
      for (const { body } of answers.filter(({ status }) => status >= 400)) {
        expect(body.code).toMatch(/^(LAST_OWNER|PERMISSION_DENIED)$/);
      }
      const owners = await runInTenant(first.tenant.id, () =>
        server.prisma.user.findMany({ where: { role: 'owner' }, select: { id: true } }),
      );
      expect(owners).toHaveLength(1);
    }
  });
});

describe('a token that says more than its holder is by now', () => {
  it('changes no users', async () => {
    const { owner } = server.a;
    const former = await server.person(owner.tenant, 'owner');
    expect((await by(owner, `PATCH /users/${former.id}`, { role: 'viewer' })).status).toBe(200);
    for (const [request, body] of [
      [`PATCH /users/${former.id}`, { role: 'owner' }],
      [`PATCH /users/${former.id}`, { role: 'member' }],
      [`DELETE /users/${owner.id}`, undefined],
      ['POST /users', { email: email(), name: 'Accomplice', role: 'owner' }],
    ] as const) {
      expectProblem(await by(former, request, body), 403, 'PERMISSION_DENIED');
    }
    const gone = await server.person(owner.tenant, 'admin');
    expect((await by(owner, `DELETE /users/${gone.id}`)).status).toBe(204);
    const input = { email: email(), name: 'Ghost', role: 'viewer' };
    expectProblem(await by(gone, 'POST /users', input), 401, 'ACCESS_WITHDRAWN');
  });
});

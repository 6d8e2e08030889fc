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

describe('users', () => {
  it('are created, read, changed and deleted, and never show a password', async () => {
    const { admin, viewer } = server.a;
    const created = await by(admin, 'POST /users', {
      email: "Sam.O'Neil+x@Example.TEST",
      name: 'Sam',
      role: 'member',
    });
    expect(created.status).toBe(201);
    const { id } = created.body;
    expect(created.headers).toMatchObject({ location: `/users/${id}`, etag: '"v1"' });
    expect(created.body).toEqual({
      id: expect.any(String),
      email: "sam.o'neil+x@example.test",
      name: 'Sam',
      role: 'member',
      customRoleId: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await by(viewer, `GET /users/${id}`)).body).toEqual(created.body);
    const changed = await by(admin, `PATCH /users/${id}`, { role: 'viewer' });
    expect(changed).toMatchObject({ status: 200, body: { name: 'Sam', role: 'viewer' } });
    const stale = { headers: { 'if-match': '"v1"' } };
    expectProblem(
      await ask(server, admin, `DELETE /users/${id}`, stale),
      412,
      'PRECONDITION_FAILED',
    );
    const late = { ...stale, body: { name: 'Late' } };
    expectProblem(await ask(server, admin, `PATCH /users/${id}`, late), 412, 'PRECONDITION_FAILED');
    expect((await by(admin, `DELETE /users/${id}`)).status).toBe(204);
    expectProblem(await by(admin, `GET /users/${id}`), 404, 'NOT_FOUND');
    expectProblem(await by(admin, `DELETE /users/${id}`), 404, 'NOT_FOUND');
  });

  it('have one address each in their tenant, and may have the same one in another', async () => {
    const address = email();
    const input = { email: address, name: 'Sam', role: 'viewer' };
    expect((await by(server.a.admin, 'POST /users', input)).status).toBe(201);
    expect((await by(server.b.admin, 'POST /users', input)).status).toBe(201);
    const upper = { ...input, email: address.toUpperCase() };
    const twice = await by(server.a.admin, 'POST /users', upper);
    expectProblem(twice, 409, 'ALREADY_EXISTS', '/email');
    const id = await make(server.a.admin, 'viewer');
    const renamed = await by(server.a.admin, `PATCH /users/${id}`, { email: address });
    expectProblem(renamed, 409, 'ALREADY_EXISTS', '/email');
  });

  it('are made, and their addresses changed, by somebody with a verified address only', async () => {
    const owner = await server.person(server.a.owner.tenant, 'owner');
    const id = await make(owner, 'viewer');
    const prove = (emailVerifiedAt: Date | null) =>
      runInTenant(owner.tenant.id, () =>
        server.prisma.user.update({
          where: { id: owner.id },
          data: { emailVerifiedAt },
          select: { id: true },
        }),
      );
    await prove(null);
    const input = { email: email(), name: 'N', role: 'viewer' };
    expectProblem(await by(owner, 'POST /users', input), 403, 'EMAIL_UNVERIFIED');
    const moved = () => by(owner, `PATCH /users/${id}`, { email: email() });
    expectProblem(await moved(), 403, 'EMAIL_UNVERIFIED');
    expect((await by(owner, `PATCH /users/${id}`, { name: 'M' })).status).toBe(200);
    await prove(new Date());
    expect((await moved()).status).toBe(200);
    expect((await by(owner, 'POST /users', input)).status).toBe(201);
  });

  it('take their memberships and sessions along when they go', async () => {
    const { admin } = server.a;
    const id = await make(admin, 'member');
    const { body } = await by(admin, 'POST /organizations', { name: 'O' });
    await runInTenant(admin.tenant.id, async () => {
      await server.prisma.membership.create({ data: { organizationId: body.id, userId: id } });
      await server.prisma.refreshToken.create({
        data: {
          userId: id,
          sessionId: randomUUID(),
          tokenHash: Buffer.alloc(32, 7),
          expiresAt: new Date(Date.now() + 60_000),
        },
      });
    });
    expect((await by(admin, `DELETE /users/${id}`)).status).toBe(204);
    const left = await runInTenant(admin.tenant.id, async () => [
      await server.prisma.membership.count({ where: { userId: id } }),
      await server.prisma.refreshToken.count({ where: { userId: id } }),
    ]);
    expect(left).toEqual([0, 0]);
  });
});

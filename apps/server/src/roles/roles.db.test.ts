import { randomUUID } from 'node:crypto';
import { runInTenant } from 'ringfence/context';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, expectProblem } from '../../test/ask.fixture.js';
import { duringChange } from '../../test/during-change.fixture.js';
import {
  startTestServer,
  type TestPerson,
  type TestServer,
} from '../../test/server-app.fixture.js';
import type { Permission } from '../permissions.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const email = (): string => `${randomUUID()}@example.test`;
const name = (): string => `Role ${randomUUID().slice(0, 8)}`;
const by = (person: TestPerson, request: string, body?: object) =>
  ask(server, person, request, body ? { body } : {});

async function makeRole(person: TestPerson, permissions: readonly Permission[]): Promise<string> {
  const answer = await by(person, 'POST /roles', { name: name(), permissions });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.id;
}

/** Somebody with a custom role in place of viewer. */
async function personWith(of: TestPerson, permissions: readonly Permission[]) {
  const customRoleId = await makeRole(of, permissions);
  const person = await server.person(of.tenant, 'viewer');
  const given = await by(of, `PATCH /users/${person.id}`, { customRoleId });
  expect(given.body, given.text).toMatchObject({ customRoleId });
  return { ...person, customRoleId };
}

describe('custom roles', () => {
  it('are created, read, changed and deleted', async () => {
    const { admin } = server.a;
    const input = { name: name(), permissions: ['project.read', 'project.update'] };
    const created = await by(admin, 'POST /roles', input);
    expect(created.status).toBe(201);
    expect(created.headers).toMatchObject({ location: `/roles/${created.body.id}`, etag: '"v1"' });
    expect(created.body).toMatchObject({ ...input, description: '' });
    const path = `/roles/${created.body.id}`;
    const change = { permissions: ['project.read'], description: 'Reads' };
    expect((await by(admin, `PATCH ${path}`, change)).body).toMatchObject({ ...input, ...change });
    expect((await by(admin, `GET ${path}`)).headers.etag).toBe('"v2"');
    expect((await by(admin, 'GET /roles?limit=100')).text).toContain(created.body.id);
    const stale = { headers: { 'if-match': '"v1"' } };
    for (const request of [`DELETE ${path}`, `PATCH ${path}`]) {
      const body = request.startsWith('PATCH') ? { body: change } : {};
      const late = await ask(server, admin, request, { ...stale, ...body });
      expectProblem(late, 412, 'PRECONDITION_FAILED');
    }
    expect((await by(admin, `DELETE ${path}`)).status).toBe(204);
    expectProblem(await by(admin, `GET ${path}`), 404, 'NOT_FOUND');
  });

  it.each([
    ['an unknown permission', { permissions: ['project.burn'] }, '/permissions/0'],
    ['a permission that everybody has anyway', { permissions: ['self.read'] }, '/permissions/0'],
    ['a permission twice', { permissions: ['user.read', 'user.read'] }, '/permissions'],
    ['the name of a built-in role', { name: 'Owner' }, '/name'],
    ['a built-in name in wide letters', { name: '\uff2f\uff57\uff4e\uff45\uff52' }, '/name'],
    ['a built-in name and a selector', { name: 'admin\ufe0f' }, '/name'],
    ['a name that reads backwards', { name: '\u202erenwo' }, '/name'],
    ['a blank name', { name: ' ' }, '/name'],
  ])('with %s are refused', async (_, part, pointer) => {
    const body = { name: name(), permissions: [], ...part };
    const answer = await by(server.a.owner, 'POST /roles', body);
    expectProblem(answer, 400, 'VALIDATION_FAILED', pointer);
  });

  it('have one name each in their tenant, and may have the same one in another', async () => {
    const body = { name: name(), permissions: [] };
    expect((await by(server.a.admin, 'POST /roles', body)).status).toBe(201);
    expect((await by(server.b.admin, 'POST /roles', body)).status).toBe(201);
    const twice = await by(server.a.admin, 'POST /roles', body);
    expectProblem(twice, 409, 'ALREADY_EXISTS', '/name');
  });

  it('are at most a hundred, also when the last two come at once', async () => {
    const { owner } = server.b;
    const rows = (await by(owner, 'GET /roles?limit=100')).body.items.length;
    await runInTenant(owner.tenant.id, () =>
      server.prisma.customRole.createMany({
        data: Array.from({ length: 99 - rows }, () => ({ name: name(), permissions: [] })),
      }),
    );
    const make = () => by(owner, 'POST /roles', { name: name(), permissions: [] });
    const answers = await Promise.all([make(), make(), make()]);
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status !== 201) expectProblem(answer, 409, 'TOO_MANY_ROLES');
    }
    expect((await by(owner, `DELETE /roles/${made[0]?.body.id}`)).status).toBe(204);
    expect((await make()).status).toBe(201);
    const other = await by(server.a.owner, 'POST /roles', { name: name(), permissions: [] });
    expect(other.status).toBe(201);
    await runInTenant(owner.tenant.id, () => server.prisma.customRole.deleteMany());
  });

  it('stay while somebody has them', async () => {
    const { owner } = server.a;
    const person = await personWith(owner, ['project.read']);
    const path = `DELETE /roles/${person.customRoleId}`;
    expectProblem(await by(owner, path), 409, 'ROLE_IN_USE');
    expect((await by(owner, `PATCH /users/${person.id}`, { customRoleId: null })).status).toBe(200);
    expect((await by(owner, path)).status).toBe(204);
  });

  it('take the place of the built-in role, and give it back', async () => {
    const { owner } = server.a;
    const person = await personWith(owner, ['project.read', 'role.read']);
    expect((await by(person, 'GET /roles')).status).toBe(200);
    expect((await by(person, 'GET /auth/me')).status).toBe(200);
    expectProblem(await by(person, 'GET /documents'), 403, 'PERMISSION_DENIED');
  });
});

describe("another tenant's role", () => {
  it('is nowhere: it is not read, changed, deleted or given', async () => {
    const theirs = await makeRole(server.b.owner, ['project.read']);
    expect((await by(server.b.owner, `GET /roles/${theirs}`)).status).toBe(200);
    const { owner, viewer } = server.a;
    for (const id of [theirs, randomUUID()]) {
      for (const [request, body] of [
        [`GET /roles/${id}`],
        [`PATCH /roles/${id}`, { name: name() }],
        [`DELETE /roles/${id}`],
      ] as const) {
        expectProblem(await by(owner, request, body), 404, 'NOT_FOUND');
      }
      const grants = [
        await by(owner, `PATCH /users/${viewer.id}`, { customRoleId: id }),
        await by(owner, 'POST /users', {
          email: email(),
          name: 'N',
          role: 'viewer',
          customRoleId: id,
        }),
      ];
      for (const grant of grants) expectProblem(grant, 404, 'REFERENCE_NOT_FOUND', '/customRoleId');
    }
    expect((await by(owner, 'GET /roles?limit=100')).text).not.toContain(theirs);
    expect((await by(server.b.owner, `GET /roles/${theirs}`)).body.permissions).toEqual([
      'project.read',
    ]);
  });
});

describe('nobody gets more than whoever gives holds', () => {
  /** May do everything with users and roles, and nothing else. */
  const HELPDESK = [
    'user.read',
    'user.create',
    'user.update',
    'user.delete',
    'session.delete',
    'role.read',
    'role.create',
    'role.update',
    'role.delete',
  ] as const;
  let helpdesk: TestPerson & { customRoleId: string };
  let strong: string;
  beforeAll(async () => {
    helpdesk = await personWith(server.a.owner, HELPDESK);
    strong = await makeRole(server.a.owner, ['document.delete']);
  });

  it.each([
    ['a role with more', () => ['POST /roles', { name: name(), permissions: ['document.delete'] }]],
    [
      'their own role with more',
      () => [
        `PATCH /roles/${helpdesk.customRoleId}`,
        { permissions: [...HELPDESK, 'document.delete'] },
      ],
    ],
    [
      'fewer permissions in a role with more',
      () => [`PATCH /roles/${strong}`, { permissions: [] }],
    ],
    ['another name for a role with more', () => [`PATCH /roles/${strong}`, { name: name() }]],
    ['the end of a role with more', () => [`DELETE /roles/${strong}`]],
    ['a built-in role for themselves', () => [`PATCH /users/${helpdesk.id}`, { role: 'admin' }]],
    ['what is below their own role', () => [`PATCH /users/${helpdesk.id}`, { customRoleId: null }]],
    [
      'a strong role for themselves',
      () => [`PATCH /users/${helpdesk.id}`, { customRoleId: strong }],
    ],
    [
      'an admin',
      () => ['POST /users', { email: email(), name: 'N', role: 'admin', customRoleId: null }],
    ],
    [
      'an admin under a weak role',
      () => [
        'POST /users',
        { email: email(), name: 'N', role: 'admin', customRoleId: helpdesk.customRoleId },
      ],
    ],
    ['the address of an admin', () => [`PATCH /users/${server.a.admin.id}`, { email: email() }]],
    ['the name of a member', () => [`PATCH /users/${server.a.member.id}`, { name: 'N' }]],
    ['the end of an admin', () => [`DELETE /users/${server.a.admin.id}`]],
    ['the end of an admin’s sessions', () => [`DELETE /users/${server.a.admin.id}/sessions`]],
  ] as [string, () => [string, object?]][])('not %s', async (_, attack) => {
    const before = await by(server.a.owner, 'GET /users?limit=100');
    const [request, body] = attack();
    expectProblem(await by(helpdesk, request, body), 403, 'PERMISSION_DENIED');
    expect((await by(server.a.owner, 'GET /users?limit=100')).body).toEqual(before.body);
  });

  it('and may give what they hold', async () => {
    const id = await makeRole(helpdesk, ['user.read']);
    expect((await by(helpdesk, `PATCH /roles/${id}`, { permissions: [] })).status).toBe(200);
    expect((await by(helpdesk, `DELETE /roles/${id}`)).status).toBe(204);
  });

  it.each(['viewer', 'member'] as const)('a %s raises nobody, themselves least', async (role) => {
    const person = await server.person(server.a.owner.tenant, role);
    const admin = await makeRole(server.a.owner, ['user.update']);
    for (const [request, body] of [
      [`PATCH /users/${person.id}`, { role: 'admin' }],
      [`PATCH /users/${person.id}`, { customRoleId: admin }],
      ['POST /roles', { name: name(), permissions: ['user.read'] }],
    ] as const) {
      expectProblem(await by(person, request, body), 403, 'PERMISSION_DENIED');
    }
  });

  it('an owner has no custom role, and to become one ends it', async () => {
    const { owner } = server.a;
    const refused = await by(owner, `PATCH /users/${owner.id}`, { customRoleId: strong });
    expectProblem(refused, 400, 'VALIDATION_FAILED', '/customRoleId');
    const person = await personWith(owner, ['project.read']);
    const made = await by(owner, `PATCH /users/${person.id}`, { role: 'owner' });
    expect(made.body).toMatchObject({ role: 'owner', customRoleId: null });
    expect((await by(owner, `DELETE /users/${person.id}`)).status).toBe(204);
  });
});

describe('at the same moment', () => {
  it('whose role loses a permission does not give it any more', async () => {
    const giver = await personWith(server.a.owner, ['role.create', 'document.delete']);
    const shrink = [
      "UPDATE custom_roles SET permissions = '{role.create}' WHERE id = $1",
      giver.customRoleId,
    ] as const;
    const give = () => by(giver, 'POST /roles', { name: name(), permissions: ['document.delete'] });
    expect((await give()).status).toBe(201);
    expectProblem(await duringChange(server, shrink, give), 403, 'PERMISSION_DENIED');
  });

  it('who is demoted raises nobody any more', async () => {
    const { owner } = server.a;
    const admin = await server.person(owner.tenant, 'admin');
    const friend = await server.person(owner.tenant, 'viewer');
    const demote = ["UPDATE users SET role = 'viewer' WHERE id = $1", admin.id] as const;
    const raise = () => by(admin, `PATCH /users/${friend.id}`, { role: 'admin' });
    expect((await raise()).status).toBe(200);
    expectProblem(await duringChange(server, demote, raise), 403, 'PERMISSION_DENIED');
  });

  it('who gets more is out of reach of somebody with less', async () => {
    const { owner } = server.a;
    const desk = await personWith(owner, ['user.update']);
    const other = await personWith(owner, []);
    const grow = [
      "UPDATE custom_roles SET permissions = '{user.delete}' WHERE id = $1",
      other.customRoleId,
    ] as const;
    const rename = () => by(desk, `PATCH /users/${other.id}`, { name: 'Renamed' });
    expect((await rename()).status).toBe(200);
    expectProblem(await duringChange(server, grow, rename), 403, 'PERMISSION_DENIED');
  });

  it('a role is given or deleted, and never both', async () => {
    const { owner } = server.a;
    for (let round = 0; round < 4; round += 1) {
      const id = await makeRole(owner, []);
      const person = await server.person(owner.tenant, 'viewer');
      const [given, deleted] = await Promise.all([
        by(owner, `PATCH /users/${person.id}`, { customRoleId: id }),
        by(owner, `DELETE /roles/${id}`),
      ]);
      expect([
        [200, 409],
        [404, 204],
      ]).toContainEqual([given.status, deleted.status]);
      const stored = await runInTenant(owner.tenant.id, () =>
        server.prisma.user.findUnique({
          where: { id: person.id },
          select: { customRoleId: true },
        }),
      );
      expect(stored?.customRoleId).toBe(given.status === 200 ? id : null);
    }
  });
});

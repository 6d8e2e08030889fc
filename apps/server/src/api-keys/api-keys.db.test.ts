import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { parseTenantId, runInTenant } from 'ringfence/context';
import { API_KEY_PATTERN, MemberCache, newApiKey } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, expectProblem, makeRows, type TestRows } from '../../test/ask.fixture.js';
import { duringChange } from '../../test/during-change.fixture.js';
import {
  startTestServer,
  type TestPerson,
  type TestServer,
} from '../../test/server-app.fixture.js';
import { KEY_SCOPES, type Permission } from '../permissions.js';
import { StoredApiKeys } from './api-key-directory.js';

let server: TestServer;
let theirs: TestRows;
beforeAll(async () => {
  server = await startTestServer();
  theirs = await makeRows(server, server.b, 'of B');
});
afterAll(() => server?.stop());

const by = (asking: { token: string }, request: string, body?: object) =>
  ask(server, asking as TestPerson, request, body ? { body } : {});

interface Key {
  readonly id: string;
  readonly token: string;
}

async function makeKey(maker: TestPerson, permissions: readonly Permission[]): Promise<Key> {
  const answer = await by(maker, 'POST /api-keys', { name: 'A key', permissions });
  expect(answer.status, answer.text).toBe(201);
  return { id: answer.body.id, token: answer.body.key };
}

/** What the node remembers is forgotten, as a change feed or three seconds would. */
function forget(): void {
  server.app.get(MemberCache, { strict: false }).clear();
}

async function asAdmin(text: string, values: unknown[]): Promise<void> {
  const admin = new pg.Client({ connectionString: server.db.admin });
  await admin.connect();
  await admin.query(text, values).finally(() => admin.end());
}

describe('an API key', () => {
  it('is shown once, stored as a hash, and acts within its scopes in its tenant', async () => {
    const { admin } = server.a;
    const input = { name: 'Importer', permissions: ['project.read', 'document.read'] };
    const made = await by(admin, 'POST /api-keys', input);
    const { id, key, prefix } = made.body;
    expect(made.headers).toMatchObject({
      'cache-control': 'no-store',
      location: `/api-keys/${id}`,
    });
    expect(key).toMatch(API_KEY_PATTERN);
    expect(key.startsWith(prefix)).toBe(true);
    const [stored] = await runInTenant(admin.tenant.id, () =>
      server.prisma.apiKey.findMany({ where: { id }, select: { secretHash: true } }),
    );
    expect(stored?.secretHash).toHaveLength(32);
    for (const { text } of [
      await by(admin, 'GET /api-keys'),
      await by(admin, `GET /api-keys/${id}`),
    ]) {
      expect(text).toContain(id);
      expect(text).not.toContain(key);
      expect(text).not.toMatch(/hash|"key"/i);
    }
    expect((await by({ token: key }, 'GET /projects')).status).toBe(200);
    for (const request of ['GET /users', 'GET /organizations', 'GET /auth/me', 'GET /api-keys']) {
      expectProblem(await by({ token: key }, request), 403, 'PERMISSION_DENIED');
    }
    expectProblem(await by({ token: key }, `GET /documents/${theirs.document}`), 404, 'NOT_FOUND');
    expect(server.logged()).not.toContain(key);
    expect(server.logged()).toContain(`"actorKind":"api-key","actorId":"${id}"`);
  });

  it.each([
    ['its own host and name', () => ({ host: `${server.a.owner.tenant.slug}.localhost` }), 200],
    ['its own name', () => ({ 'x-tenant': server.a.owner.tenant.slug }), 200],
    ['its own id', () => ({ 'x-tenant': server.a.owner.tenant.id }), 200],
    ['the host of another', () => ({ host: `${server.b.owner.tenant.slug}.localhost` }), 403],
    ['the name of another', () => ({ 'x-tenant': server.b.owner.tenant.slug }), 403],
    ['the id of another', () => ({ 'x-tenant': server.b.owner.tenant.id }), 403],
  ])('with %s', async (_, headers, status) => {
    const key = await makeKey(server.a.owner, ['project.read']);
    const answer = await ask(server, key as unknown as TestPerson, 'GET /projects', {
      headers: headers(),
    });
    expect(answer.status).toBe(status);
    if (status === 403) expectProblem(answer, 403, 'TENANT_SOURCES_DISAGREE');
  });

  it.each([
    ['self.read', '/permissions/0'],
    ['self.update', '/permissions/0'],
    ['api-key.create', '/permissions/0'],
    ['nothing.read', '/permissions/0'],
  ])('is not made for %s', async (permission, pointer) => {
    const body = { name: 'A key', permissions: [permission] };
    const answer = await by(server.a.owner, 'POST /api-keys', body);
    expectProblem(answer, 400, 'VALIDATION_FAILED', pointer);
  });

  it('notes when it was used', async () => {
    const { owner } = server.a;
    const key = await makeKey(owner, ['project.read']);
    const used = async () => (await by(owner, `GET /api-keys/${key.id}`)).body.lastUsedAt;
    expect(await used()).toBeNull();
    await by(key, 'GET /projects');
    await vi.waitFor(async () => expect(await used()).toEqual(expect.any(String)), 30_000);
  });

  it('notes its use once in a minute, whichever node it was used on', async () => {
    const { owner } = server.a;
    const { id: keyId } = await makeKey(owner, ['project.read']);
    const claim = { tenantId: owner.tenant.id, keyId };
    const pool = server.app.get(TenantPool, { strict: false });
    let time = 0;
    const [node, other] = [new StoredApiKeys(pool, () => time), new StoredApiKeys(pool)];
    const used = async () => (await by(owner, `GET /api-keys/${keyId}`)).body.lastUsedAt;
    const grow = () =>
      asAdmin(
        "UPDATE api_keys SET last_used_at = last_used_at - interval '2 minutes' WHERE id = $1",
        [keyId],
      );
    node.noteUse(claim);
    await node.settled();
    const first = await used();
    other.noteUse(claim);
    await other.settled();
    expect(await used()).toBe(first);
    await grow();
    const old = await used();
    time = 59_999;
    node.noteUse(claim);
    await node.settled();
    expect(await used()).toBe(old);
    time = 60_000;
    node.noteUse(claim);
    await node.settled();
    expect(Date.parse(await used())).toBeGreaterThan(Date.parse(old));
  });

  it('whose use is refused is not used', async () => {
    const { owner } = server.a;
    const key = await makeKey(owner, ['project.read']);
    const guess = newApiKey(owner.tenant.id, key.id).text;
    expectProblem(await by({ token: guess }, 'GET /projects'), 401, 'TOKEN_INVALID');
    expect((await by(owner, `GET /api-keys/${key.id}`)).body.lastUsedAt).toBeNull();
  });
});

describe('a key that is none', () => {
  it('is answered the same, whatever is the matter with it', async () => {
    const { owner } = server.a;
    const [good, revoked, expired, orphan] = [
      await makeKey(owner, ['project.read']),
      await makeKey(owner, ['project.read']),
      await makeKey(owner, ['project.read']),
      await makeKey(await server.person(owner.tenant, 'admin'), ['project.read']),
    ];
    for (const key of [good, revoked, expired, orphan]) {
      expect((await by(key, 'GET /projects')).status).toBe(200);
    }
    expect((await by(owner, `DELETE /api-keys/${revoked.id}`)).status).toBe(204);
    await asAdmin('UPDATE api_keys SET expires_at = now() WHERE id = $1', [expired.id]);
    const { createdBy } = (await by(owner, `GET /api-keys/${orphan.id}`)).body;
    expect((await by(owner, `DELETE /users/${createdBy}`)).status).toBe(204);
    forget();
    const answers = [];
    for (const token of [
      revoked.token,
      expired.token,
      orphan.token,
      newApiKey(owner.tenant.id, good.id).text,
      newApiKey(owner.tenant.id, randomUUID()).text,
      newApiKey(server.b.owner.tenant.id, good.id).text,
      newApiKey(parseTenantId(randomUUID()), good.id).text,
      `${good.token.slice(0, -1)}!`,
      'rfk_',
    ]) {
      const answer = await by({ token }, 'GET /projects');
      expectProblem(answer, 401, 'TOKEN_INVALID');
      const { requestId: _, ...body } = answer.body;
      answers.push(body);
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await by(good, 'GET /projects')).status).toBe(200);
  });

  it('of another tenant is not read, and not revoked', async () => {
    const theirKey = await makeKey(server.b.owner, ['project.read']);
    for (const method of ['GET', 'DELETE']) {
      const request = `${method} /api-keys/${theirKey.id}`;
      expectProblem(await by(server.a.owner, request), 404, 'NOT_FOUND');
    }
    expect((await by(server.a.owner, 'GET /api-keys?limit=100')).text).not.toContain(theirKey.id);
    expect((await by(theirKey, 'GET /projects')).status).toBe(200);
  });
});

describe('a key never does more than whoever made it', () => {
  it('is not made with more', async () => {
    const { owner } = server.a;
    const role = { name: randomUUID(), permissions: ['api-key.create', 'project.read'] };
    const { body } = await by(owner, 'POST /roles', role);
    const maker = await server.person(owner.tenant, 'viewer');
    await by(owner, `PATCH /users/${maker.id}`, { customRoleId: body.id });
    for (const permission of KEY_SCOPES.filter((name) => name !== 'project.read')) {
      const key = { name: 'More', permissions: ['project.read', permission] };
      expectProblem(await by(maker, 'POST /api-keys', key), 403, 'PERMISSION_DENIED');
    }
    await makeKey(maker, ['project.read']);
  });

  it('shrinks with its maker, and grows no further than it was made', async () => {
    const { owner } = server.a;
    const maker = await server.person(owner.tenant, 'admin');
    const key = await makeKey(maker, ['project.read', 'role.read']);
    expect((await by(key, 'GET /roles')).status).toBe(200);
    await by(owner, `PATCH /users/${maker.id}`, { role: 'viewer' });
    forget();
    expectProblem(await by(key, 'GET /roles'), 403, 'PERMISSION_DENIED');
    expect((await by(key, 'GET /projects')).status).toBe(200);
    await by(owner, `PATCH /users/${maker.id}`, { role: 'owner' });
    forget();
    expect((await by(key, 'GET /roles')).status).toBe(200);
    expectProblem(await by(key, 'GET /users'), 403, 'PERMISSION_DENIED');
    await by(owner, `DELETE /users/${maker.id}`);
  });

  it('takes nothing from the scopes that somebody wrote past the server', async () => {
    const { owner } = server.a;
    const key = await makeKey(owner, ['project.read']);
    const scopes = ['self.read', 'api-key.create', 'project.read', 'nothing.read'];
    await asAdmin('UPDATE api_keys SET permissions = $2 WHERE id = $1', [key.id, scopes]);
    forget();
    expect((await by(key, 'GET /projects')).status).toBe(200);
    const body = { name: 'Child', permissions: ['project.read'] };
    expectProblem(await by(key, 'POST /api-keys', body), 403, 'PERMISSION_DENIED');
    expectProblem(await by(key, 'GET /auth/me'), 403, 'PERMISSION_DENIED');
  });
});

describe('a key with every scope there is, made by an owner,', () => {
  let key: Key;
  beforeAll(async () => {
    key = await makeKey(server.a.owner, KEY_SCOPES);
  });

  it('reads and writes the data of its tenant', async () => {
    expect((await by(key, 'POST /organizations', { name: 'By key' })).status).toBe(201);
  });

  it.each([
    ['makes no key', () => ['POST /api-keys', { name: 'K', permissions: ['user.read'] }]],
    ['has no account', () => ['GET /auth/me']],
    ['has no sessions', () => ['GET /auth/sessions']],
    ['ends no sessions of its own', () => ['DELETE /auth/sessions']],
    ['does not touch its maker', () => [`PATCH /users/${server.a.owner.id}`, { email: mail() }]],
    ['does not end its maker', () => [`DELETE /users/${server.a.owner.id}`]],
    ['makes no owner', () => ['POST /users', { email: mail(), name: 'N', role: 'owner' }]],
    ['raises nobody to owner', () => [`PATCH /users/${server.a.viewer.id}`, { role: 'owner' }]],
    [
      'makes no admin, who could make keys',
      () => ['POST /users', { email: mail(), name: 'N', role: 'admin' }],
    ],
    ['raises nobody to admin', () => [`PATCH /users/${server.a.viewer.id}`, { role: 'admin' }]],
    [
      'makes no role that can make keys',
      () => ['POST /roles', { name: randomUUID(), permissions: ['api-key.create'] }],
    ],
    ['does not touch an admin', () => [`PATCH /users/${server.a.admin.id}`, { email: mail() }]],
    ['invites no admin', () => ['POST /invitations', { email: mail(), role: 'admin' }]],
  ] as [string, () => [string, object?]][])('%s', async (_, attack) => {
    const [request, body] = attack();
    expectProblem(await by(key, request, body), 403, 'PERMISSION_DENIED');
  });

  it('gives what it holds', async () => {
    const made = await by(key, 'POST /users', { email: mail(), name: 'N', role: 'member' });
    expect(made.status, made.text).toBe(201);
    expect((await by(key, `DELETE /users/${made.body.id}`)).status).toBe(204);
  });
});

describe('at the same moment', () => {
  it('a maker who is demoted makes no key that can do more', async () => {
    const maker = await server.person(server.a.owner.tenant, 'admin');
    const demote = ["UPDATE users SET role = 'viewer' WHERE id = $1", maker.id] as const;
    const make = () => by(maker, 'POST /api-keys', { name: 'Late', permissions: ['user.delete'] });
    expect((await make()).status).toBe(201);
    expectProblem(await duringChange(server, demote, make), 403, 'PERMISSION_DENIED');
  });

  it.each([
    ['is revoked', 'UPDATE api_keys SET revoked_at = now() WHERE id = $1'],
    ['expires', 'UPDATE api_keys SET expires_at = now() WHERE id = $1'],
    [
      'loses its maker',
      'DELETE FROM users WHERE id = (SELECT created_by FROM api_keys WHERE id = $1)',
    ],
  ])('a key that %s gives nothing any more', async (_, text) => {
    const maker = await server.person(server.a.owner.tenant, 'admin');
    const key = await makeKey(maker, ['role.create']);
    const give = () => by(key, 'POST /roles', { name: randomUUID(), permissions: [] });
    expect((await give()).status).toBe(201);
    expectProblem(await duringChange(server, [text, key.id], give), 403, 'PERMISSION_DENIED');
  });
});

function mail(): string {
  return `${randomUUID()}@example.test`;
}

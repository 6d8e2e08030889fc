import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, AuthApp, type TestPerson } from '../auth-app.fixture.js';
import type { SessionView } from '../auth-schemas.js';

const PASSWORD = 'correct horse battery';

let auth: AuthApp;
let a: TestTenant;
let b: TestTenant;
let person: TestPerson;
let here: SessionView;

beforeAll(async () => {
  auth = await AuthApp.start({ TRUSTED_PROXIES: '127.0.0.0/8' });
});
afterAll(() => auth.stop());
beforeEach(async () => {
  ({ a, b } = await auth.twoTenants());
  person = await auth.addPerson(a, { password: PASSWORD });
  here = await logIn(a, person, { 'user-agent': 'Here/1', 'x-forwarded-for': '203.0.113.9' });
});

async function logIn(
  tenant: TestTenant,
  { email }: TestPerson,
  headers = {},
): Promise<SessionView> {
  const body = { tenant: tenant.slug, email, password: PASSWORD };
  const answer = await auth.post('/auth/login', body, headers);
  expect(answer.status).toBe(200);
  return answer.body as unknown as SessionView;
}

const refresh = ({ refreshToken }: SessionView, headers = {}): Promise<Answer> =>
  auth.post('/auth/refresh', { refreshToken }, headers);

const remove = (url: string, { accessToken }: SessionView): Promise<Answer> =>
  auth.delete(url, accessToken);

async function list({ accessToken }: SessionView) {
  const { status, body } = await auth.get('/auth/sessions', accessToken);
  expect(status).toBe(200);
  return body.items as Record<string, unknown>[];
}

const sid = ({ accessToken }: SessionView): string =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()).sid;

describe('GET /auth/sessions', () => {
  it("lists one's own sessions, with where they were used last and until when they last", async () => {
    const there = await logIn(a, person, { 'user-agent': 'There/1' });
    await logIn(a, await auth.addPerson(a, { password: PASSWORD }));
    await logIn(b, await auth.addPerson(b, { email: person.email, password: PASSWORD }));
    expect(await list(here)).toEqual([
      expect.objectContaining({ id: sid(there), userAgent: 'There/1', current: false }),
      {
        id: sid(here),
        userAgent: 'Here/1',
        address: '203.0.113.9',
        current: true,
        createdAt: expect.any(String),
        lastUsedAt: expect.any(String),
        expiresAt: expect.any(String),
      },
    ]);
    const headers = { 'user-agent': `Here/2 ${'x'.repeat(500)}`, 'x-forwarded-for': '2001:db8::7' };
    expect((await refresh(here, headers)).status).toBe(200);
    const [latest] = await list(here);
    expect(latest).toMatchObject({ id: sid(here), address: '2001:db8::7', current: true });
    expect(String(latest?.userAgent)).toMatch(/^Here\/2 x{243}$/);
    const days = (Date.parse(String(latest?.expiresAt)) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(14, 1);
  });

  it('leaves out what has ended: logged out, over, or unused for too long', async () => {
    const [left, over, idle] = [
      await logIn(a, person),
      await logIn(a, person),
      await logIn(a, person),
    ];
    expect(await list(here)).toHaveLength(4);
    await auth.post('/auth/logout', { refreshToken: left.refreshToken });
    const change = (set: string, session: SessionView) =>
      auth.asAdmin(`UPDATE sessions SET ${set} WHERE id = $1`, [sid(session)]);
    await change(`expires_at = now() - interval '1 s'`, over);
    await change(`last_used_at = now() - interval '15 days'`, idle);
    expect((await list(here)).map(({ id }) => id)).toEqual([sid(here)]);
  });
});

describe('the end of a session', () => {
  it('comes after SESSION_DAYS, however often it is refreshed', async () => {
    const next = (await refresh(here)).body as unknown as SessionView;
    await auth.asAdmin(`UPDATE sessions SET expires_at = now() + interval '1 h' WHERE id = $1`, [
      sid(here),
    ]);
    const last = (await refresh(next)).body as unknown as SessionView;
    const [token] = await withTenant(a, () =>
      auth.prisma.refreshToken.findMany({ where: { usedAt: null } }),
    );
    expect((token?.expiresAt.getTime() ?? 0) - Date.now()).toBeLessThanOrEqual(3_600_000);
    await auth.asAdmin(`UPDATE sessions SET expires_at = now() - interval '1 s' WHERE id = $1`, [
      sid(here),
    ]);
    expect(await refresh(last)).toMatchObject({
      status: 401,
      body: { code: 'REFRESH_TOKEN_INVALID' },
    });
  });
});

describe('DELETE /auth/sessions', () => {
  it("ends one of one's own sessions, and nobody else's", async () => {
    const there = await logIn(a, person);
    const colleague = await logIn(a, await auth.addPerson(a, { password: PASSWORD }));
    const stranger = await logIn(b, await auth.addPerson(b, { password: PASSWORD }));
    for (const other of [colleague, stranger]) {
      expect(await remove(`/auth/sessions/${sid(other)}`, here)).toMatchObject({ status: 404 });
      expect((await refresh(other)).status).toBe(200);
    }
    expect((await remove(`/auth/sessions/${sid(there)}`, here)).status).toBe(204);
    expect((await remove(`/auth/sessions/${sid(there)}`, here)).status).toBe(404);
    expect((await refresh(there)).status).toBe(401);
    expect((await refresh(here)).status).toBe(200);
  });

  it('ends all the others', async () => {
    const others = [await logIn(a, person), await logIn(a, person)];
    expect((await remove('/auth/sessions', here)).status).toBe(204);
    for (const other of others) expect((await refresh(other)).status).toBe(401);
    expect((await refresh(here)).status).toBe(200);
  });
});

describe('DELETE /users/:id/sessions', () => {
  it('is for admins, and those of an owner for owners', async () => {
    const owner = await auth.addPerson(a, { password: PASSWORD, role: 'owner' });
    const admin = await auth.addPerson(a, { password: PASSWORD, role: 'admin' });
    const [asOwner, asAdmin] = [await logIn(a, owner), await logIn(a, admin)];
    const foreign = await auth.addPerson(b, { password: PASSWORD });
    const inB = await logIn(b, foreign);
    const ends = (id: string, by: SessionView) => remove(`/users/${id}/sessions`, by);
    expect((await ends(admin.id, here)).body.code).toBe('PERMISSION_DENIED');
    expect((await ends(owner.id, asAdmin)).body.code).toBe('PERMISSION_DENIED');
    expect((await ends(foreign.id, asOwner)).body.code).toBe('NOT_FOUND');
    expect((await refresh(inB)).status).toBe(200);
    expect((await ends(person.id, asAdmin)).status).toBe(204);
    expect((await refresh(here)).status).toBe(401);
    expect((await ends(admin.id, asOwner)).status).toBe(204);
    expect((await refresh(asAdmin)).status).toBe(401);
    expect((await refresh(asOwner)).status).toBe(200);
  });
});

import { createHash } from 'node:crypto';
import type { TestTenant } from 'ringfence/testing';
import { withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, AuthApp, type TestPerson } from './auth-app.fixture.js';
import type { SessionView } from './auth-schemas.js';
import { newRefreshToken } from './refresh-token.js';

const PASSWORD = 'correct horse battery';
const NOT_VALID = { status: 401, body: { code: 'REFRESH_TOKEN_INVALID' } };

let auth: AuthApp;
let a: TestTenant;
let b: TestTenant;
let person: TestPerson;
let session: SessionView;

beforeAll(async () => {
  auth = await AuthApp.start();
});
afterAll(() => auth.stop());
beforeEach(async () => {
  ({ a, b } = await auth.twoTenants());
  person = await auth.addPerson(a, { password: PASSWORD });
  session = await auth.session(a, person.email, PASSWORD);
});

const refresh = (refreshToken: string): Promise<Answer> =>
  auth.post('/auth/refresh', { refreshToken });
const logOut = (refreshToken: string): Promise<Answer> =>
  auth.post('/auth/logout', { refreshToken });

/** A token that this server has made, and never stored. */
const unknown = (tenant: TestTenant) =>
  newRefreshToken(auth.accountKeys, tenant.id, {
    userId: person.id,
    sessionId: String(claims(session.accessToken).sid),
  });

/** Refreshes and answers the next session; fails when that is refused. */
async function next(refreshToken: string): Promise<SessionView> {
  const answer = await refresh(refreshToken);
  expect(answer.status).toBe(200);
  return answer.body as unknown as SessionView;
}

const claims = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** The tokens of tenant A that are still good. */
const goodTokens = (): Promise<number> =>
  withTenant(a, () => auth.prisma.refreshToken.count({ where: { usedAt: null, revokedAt: null } }));

const reuses = (): unknown[] =>
  auth.log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === 'refresh_token_reused');

describe('POST /auth/refresh', () => {
  it('answers the next tokens of the same session, again and again', async () => {
    const { sid } = claims(session.accessToken);
    let current = session;
    for (let round = 0; round < 3; round += 1) {
      const following = await next(current.refreshToken);
      expect(following.refreshToken).not.toBe(current.refreshToken);
      expect(claims(following.accessToken)).toMatchObject({ sid, sub: person.id, tid: a.id });
      expect((await auth.get('/auth/me', following.accessToken)).body.id).toBe(person.id);
      current = following;
    }
    expect(await goodTokens()).toBe(1);
  });

  it('keeps no token, only its hash', async () => {
    const secret = session.refreshToken.slice(37, 80);
    const [row] = await withTenant(a, () => auth.prisma.refreshToken.findMany());
    expect(Buffer.from(row?.tokenHash ?? [])).toEqual(createHash('sha256').update(secret).digest());
    expect(JSON.stringify(row)).not.toContain(secret);
  });

  it('reads the role anew', async () => {
    expect(claims(session.accessToken).role).toBe('member');
    await withTenant(a, () =>
      auth.prisma.user.update({ where: { id: person.id }, data: { role: 'viewer' } }),
    );
    expect(claims((await next(session.refreshToken)).accessToken).role).toBe('viewer');
  });

  it('is over for somebody who was removed', async () => {
    await withTenant(a, () => auth.prisma.user.delete({ where: { id: person.id } }));
    expect(await refresh(session.refreshToken)).toMatchObject(NOT_VALID);
  });

  it('is refused while the tenant is suspended, and works again afterwards', async () => {
    const state = (name: string) =>
      auth.asAdmin('UPDATE ringfence.tenants SET state = $2 WHERE id = $1', [a.id, name]);
    await state('suspended');
    expect(await refresh(session.refreshToken)).toMatchObject({
      status: 403,
      body: { code: 'TENANT_SUSPENDED' },
    });
    expect(await refresh(unknown(a).token)).toMatchObject(NOT_VALID);
    await state('active');
    await next(session.refreshToken);
  });

  it('refuses in one way whatever is wrong', async () => {
    const other = await auth.addPerson(b, { password: PASSWORD });
    const ofB = await auth.session(b, other.email, PASSWORD);
    const used = session.refreshToken;
    const expired = (await next(used)).refreshToken;
    // The only clock is the database row's.
    await auth.asAdmin(
      `UPDATE refresh_tokens SET expires_at = now() - interval '1 s' WHERE tenant_id = $1`,
      [a.id],
    );
    const left = (await auth.session(a, person.email, PASSWORD)).refreshToken;
    await logOut(left);
    const answers = await Promise.all(
      [
        expired,
        left,
        unknown(a).token,
        unknown(b).token.replace(b.id, '00000000-0000-4000-8000-000000000000'),
        ofB.refreshToken.replace(b.id, a.id),
        ofB.accessToken.slice(0, 200),
        'x',
        "' OR 1=1 --",
        used,
      ].map(refresh),
    );
    const said = answers.map(({ status, headers, body }) => {
      const { requestId: _, ...rest } = body;
      const { date: __, 'x-request-id': ___, ...shown } = headers;
      return { status, headers: shown, body: rest };
    });
    expect(said[0]).toMatchObject(NOT_VALID);
    for (const each of said) expect(each).toEqual(said[0]);
    // The right secret under another tenant's id has not used the token up.
    await next(ofB.refreshToken);
  });

  it.each([
    [{}],
    [{ refreshToken: 1 }],
    [{ refreshToken: '' }],
    [{ refreshToken: 'a\0b' }],
    [{ refreshToken: 'x', extra: 1 }],
  ])('asks for one text, not for %j', async (payload) => {
    for (const url of ['/auth/refresh', '/auth/logout']) {
      expect((await auth.post(url, payload)).status).toBe(400);
    }
  });
});

describe('a row of refresh_tokens that SQL of the application has made', () => {
  it('opens nothing: not by a hash of choice, and not with the token of somebody else', async () => {
    const thief = await auth.addPerson(a, { password: PASSWORD });
    const theirs = await auth.session(a, thief.email, PASSWORD);
    const chosen = `${a.id}.${'A'.repeat(43)}`;
    const mac = theirs.refreshToken.slice(80);
    const plant = (token: string, userId: string, sessionId: string) =>
      withTenant(a, () =>
        auth.prisma.refreshToken.create({
          data: {
            userId,
            sessionId,
            tokenHash: new Uint8Array(createHash('sha256').update(token.slice(37, 80)).digest()),
            expiresAt: new Date(Date.now() + 60_000),
          },
        }),
      );
    const victims = String(claims(session.accessToken).sid);
    await plant(chosen, person.id, victims);
    for (const token of [`${chosen}.${'A'.repeat(43)}`, `${chosen}${mac}`]) {
      expect(await refresh(token)).toMatchObject(NOT_VALID);
    }
    await withTenant(a, () => auth.prisma.refreshToken.deleteMany({ where: { userId: thief.id } }));
    await plant(theirs.refreshToken, person.id, victims);
    expect(await refresh(theirs.refreshToken)).toMatchObject(NOT_VALID);
    await next(session.refreshToken);
  });
});

describe('a refresh token that comes twice', () => {
  it('ends the whole session, and no other, and is recorded without the token', async () => {
    const elsewhere = await auth.session(a, person.email, PASSWORD);
    const second = await next(session.refreshToken);
    const third = await next(second.refreshToken);
    auth.log.length = 0;
    expect(await refresh(session.refreshToken)).toMatchObject(NOT_VALID);
    expect(reuses()).toEqual([
      expect.objectContaining({
        level: 40,
        tenantId: a.id,
        userId: person.id,
        sessionId: claims(session.accessToken).sid,
      }),
    ]);
    expect(auth.log.join('')).not.toContain(session.refreshToken.slice(37, 80));
    expect(await refresh(third.refreshToken)).toMatchObject(NOT_VALID);
    await next(elsewhere.refreshToken);
  });

  it('at one moment wins once at most, and ends the session', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { refreshToken } = await auth.session(a, person.email, PASSWORD);
      const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
      const won = answers.filter(({ status }) => status === 200);
      const lost = answers.filter(({ status }) => status === 401);
      expect([won.length, lost.length]).toEqual([1, 19]);
      const winner = won[0]?.body as unknown as SessionView;
      expect(await refresh(winner.refreshToken)).toMatchObject(NOT_VALID);
    }
    // The one of beforeEach.
    expect(await goodTokens()).toBe(1);
  });

  it('ends the session although its owner refreshes at that moment', async () => {
    for (let round = 0; round < 20; round += 1) {
      const first = await auth.session(a, person.email, PASSWORD);
      const second = await next(first.refreshToken);
      const [owner] = await Promise.all([
        refresh(second.refreshToken),
        refresh(first.refreshToken),
        logOut(first.refreshToken),
      ]);
      if (owner.status !== 200) continue;
      const { refreshToken } = owner.body as unknown as SessionView;
      expect(await refresh(refreshToken)).toMatchObject(NOT_VALID);
    }
    expect(await goodTokens()).toBe(1);
  });
});

describe('POST /auth/logout', () => {
  it('ends the session, whichever of its tokens comes, and no other', async () => {
    const elsewhere = await auth.session(a, person.email, PASSWORD);
    const second = await next(session.refreshToken);
    expect(await logOut(session.refreshToken)).toMatchObject({ status: 204, body: {} });
    expect(await refresh(second.refreshToken)).toMatchObject(NOT_VALID);
    await next(elsewhere.refreshToken);
  });

  it('answers the same for what is no session (any more), and ends none', async () => {
    const foreign = session.refreshToken.replace(a.id, b.id);
    for (const token of [foreign, unknown(a).token, 'x']) {
      expect((await logOut(token)).status).toBe(204);
    }
    await next(session.refreshToken);
    expect((await logOut(session.refreshToken)).status).toBe(204);
    expect((await logOut(session.refreshToken)).status).toBe(204);
  });
});

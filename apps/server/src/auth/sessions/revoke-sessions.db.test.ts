import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthApp } from '../auth-app.fixture.js';
import { newRefreshToken } from '../refresh-token.js';
import { claimSession } from './issue-session.js';
import { revokeSessions } from './revoke-sessions.js';

let auth: AuthApp;
let a: TestTenant;
let b: TestTenant;

beforeAll(async () => {
  auth = await AuthApp.start();
});
afterAll(() => auth.stop());
beforeEach(async () => {
  ({ a, b } = await auth.twoTenants());
});

const SOMEWHERE = { address: '192.0.2.7', userAgent: undefined };
const inAMinute = () => new Date(Date.now() + 60_000);

/** A session of a user with one good refresh token. */
function plant(tenant: TestTenant, userId: string): Promise<string> {
  return withTenant(tenant, async () => {
    const data = { userId, expiresAt: inAMinute() };
    const { id } = await auth.prisma.session.create({ data, select: { id: true } });
    await addToken(auth.prisma, tenant, userId, id);
    return id;
  });
}

function addToken(
  prisma: Pick<typeof auth.prisma, 'refreshToken'>,
  tenant: TestTenant,
  userId: string,
  sessionId: string,
) {
  const tokenHash = newRefreshToken(auth.accountKeys, tenant.id, { userId, sessionId }).hash;
  return prisma.refreshToken.create({
    data: { userId, sessionId, tokenHash, expiresAt: inAMinute() },
  });
}

const revoke = (tenant: TestTenant, which: Parameters<typeof revokeSessions>[1]) =>
  withTenant(tenant, () => auth.prisma.$transaction((tx) => revokeSessions(tx, which)));

/** The sessions of a tenant that are live, and those whose refresh tokens are good. */
async function live(tenant: TestTenant) {
  return withTenant(tenant, async () => {
    const sessions = await auth.prisma.session.findMany({ where: { revokedAt: null } });
    const tokens = await auth.prisma.refreshToken.findMany({
      where: { usedAt: null, revokedAt: null },
    });
    return {
      sessions: sessions.map(({ id }) => id).sort(),
      tokens: tokens.map(({ sessionId }) => sessionId).sort(),
    };
  });
}

const both = (...ids: string[]) => ({ sessions: ids.sort(), tokens: ids.sort() });

function signal() {
  let send: () => void = () => undefined;
  const sent = new Promise<void>((resolve) => {
    send = resolve;
  });
  return { send, sent };
}

describe('revokeSessions', () => {
  it('ends one session, all but one, or all, of one user of one tenant', async () => {
    const { id: userId } = await auth.addPerson(a, {});
    const { id: colleague } = await auth.addPerson(a, {});
    const { id: ofB } = await auth.addPerson(b, {});
    const [one, two, three] = [
      await plant(a, userId),
      await plant(a, userId),
      await plant(a, userId),
    ];
    const other = await plant(a, colleague);
    const inB = await plant(b, ofB);
    expect(await live(a)).toEqual(both(one, two, three, other));

    expect(await revoke(a, { userId, only: one })).toBe(1);
    expect(await revoke(a, { userId, only: one })).toBe(0);
    expect(await revoke(a, { userId, only: other })).toBe(0);
    expect(await live(a)).toEqual(both(two, three, other));
    expect(await revoke(a, { userId, except: two })).toBe(1);
    expect(await live(a)).toEqual(both(two, other));
    expect(await revoke(a, { userId: ofB })).toBe(0);
    expect(await revoke(a, { userId })).toBe(1);
    expect(await live(a)).toEqual(both(other));
    expect(await live(b)).toEqual(both(inB));
  });

  it('revokes the token that a rotation is issuing at this moment', async () => {
    const { id: userId } = await auth.addPerson(a, {});
    const sessionId = await plant(a, userId);
    const [issued, committing] = [signal(), signal()];
    const rotation = withTenant(a, () =>
      auth.prisma.$transaction(async (tx) => {
        await claimSession(tx, sessionId, SOMEWHERE);
        await addToken(tx, a, userId, sessionId);
        issued.send();
        await committing.sent;
      }),
    );
    await issued.sent;
    const revocation = revoke(a, { userId });
    await vi.waitFor(
      async () => {
        const waiting = await auth.asAdmin(
          `SELECT FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        expect(waiting).toBe(1);
      },
      { timeout: 20_000, interval: 20 },
    );
    committing.send();
    await Promise.all([rotation, revocation]);
    expect(await live(a)).toEqual(both());
    const late = withTenant(a, () => claimSession(auth.prisma, sessionId, SOMEWHERE));
    expect(await late).toBeUndefined();
  });
});

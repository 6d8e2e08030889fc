import { randomUUID } from 'node:crypto';
import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthApp } from './auth-app.fixture.js';
import { newRefreshToken } from './refresh-token.js';
import { revokeSession } from './revoke-session.js';

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

const IS_GOOD = { usedAt: null, revokedAt: null };

/** A good refresh token of somebody in a session. */
async function plantToken(tenant: TestTenant, sessionId: string): Promise<void> {
  const { id: userId } = await auth.addPerson(tenant, {});
  await withTenant(tenant, () => addToken(auth.prisma, tenant, userId, sessionId));
}

function addToken(
  prisma: Pick<typeof auth.prisma, 'refreshToken'>,
  tenant: TestTenant,
  userId: string,
  sessionId: string,
) {
  const { hash } = newRefreshToken(tenant.id);
  const expiresAt = new Date(Date.now() + 60_000);
  return prisma.refreshToken.create({ data: { userId, sessionId, tokenHash: hash, expiresAt } });
}

const goodTokens = (tenant: TestTenant, sessionId: string): Promise<number> =>
  withTenant(tenant, () => auth.prisma.refreshToken.count({ where: { sessionId, ...IS_GOOD } }));

function signal() {
  let send: () => void = () => undefined;
  const sent = new Promise<void>((resolve) => {
    send = resolve;
  });
  return { send, sent };
}

describe('revokeSession', () => {
  it('revokes one session of one tenant', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await plantToken(a, one);
    await plantToken(a, one);
    await plantToken(a, other);
    await plantToken(b, one);
    expect(await goodTokens(a, one)).toBe(2);
    await withTenant(a, () => revokeSession(auth.prisma, one));
    expect(await goodTokens(a, one)).toBe(0);
    expect(await goodTokens(a, other)).toBe(1);
    expect(await goodTokens(b, one)).toBe(1);
  });

  it('revokes the token that a rotation is issuing at this moment', async () => {
    const sessionId = randomUUID();
    await plantToken(a, sessionId);
    const [issued, committing] = [signal(), signal()];
    const rotation = withTenant(a, () =>
      auth.prisma.$transaction(async (tx) => {
        const [used] = await tx.refreshToken.updateManyAndReturn({
          where: { sessionId, ...IS_GOOD },
          data: { usedAt: new Date() },
        });
        await addToken(tx, a, used?.userId ?? '', sessionId);
        issued.send();
        await committing.sent;
      }),
    );
    await issued.sent;
    const revocation = withTenant(a, () => revokeSession(auth.prisma, sessionId));
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
    expect(await goodTokens(a, sessionId)).toBe(0);
  });
});

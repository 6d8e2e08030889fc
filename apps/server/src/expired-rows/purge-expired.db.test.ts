import { randomBytes, randomUUID } from 'node:crypto';
import { TenantPool } from 'ringfence/postgres';
import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthApp } from '../auth/auth-app.fixture.js';
import { BackgroundWork } from '../background/index.js';
import { TENANT_TABLES } from '../database/tenant-tables.js';
import { EXPIRING, purgeExpired } from './purge-expired.js';

const PASSWORD = 'a long enough password';
const DAY = 86_400_000;

let auth: AuthApp;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  auth = await AuthApp.start();
  ({ a, b } = await auth.twoTenants());
});
afterAll(() => auth?.stop());

const pool = (): TenantPool => auth.app.get(TenantPool, { strict: false });
const hash = () => new Uint8Array(randomBytes(32));

/** One row of each table that expires at the given time. */
async function fill(tenant: TestTenant, userId: string, at: Date): Promise<void> {
  const { prisma } = auth;
  const select = { id: true };
  await withTenant(tenant, async () => {
    const expiresAt = at;
    await prisma.session.create({ data: { userId, expiresAt }, select });
    await prisma.refreshToken.create({
      data: { userId, sessionId: randomUUID(), tokenHash: hash(), expiresAt },
      select,
    });
    await prisma.knownDevice.create({ data: { userId, deviceHash: hash(), expiresAt }, select });
    await prisma.failedLogIn.create({ data: { keyHash: hash(), forgetAt: at }, select });
    await prisma.mailedToken.create({
      data: {
        userId,
        purpose: 'password-reset',
        email: 'x@example.test',
        tokenHash: hash(),
        expiresAt,
      },
      select,
    });
    await prisma.invitation.create({
      data: {
        email: 'x@example.test',
        role: 'viewer',
        invitedBy: userId,
        tokenHash: hash(),
        expiresAt,
      },
      select,
    });
  });
}

function counts(tenant: TestTenant): Promise<Record<string, number>> {
  return withTenant(tenant, async () => {
    const found: Record<string, number> = {};
    for (const { table } of EXPIRING) {
      const { rows } = await pool().query(`SELECT count(*)::int AS n FROM public.${table}`);
      found[table] = (rows[0] as { n: number }).n;
    }
    return found;
  });
}

const each = (n: number) => Object.fromEntries(EXPIRING.map(({ table }) => [table, n]));

describe('purging', () => {
  it('takes what has long expired, leaves what has not, and touches no other tenant', async () => {
    const { a: c, b: d } = await auth.twoTenants();
    for (const tenant of [c, d]) {
      const { id } = await auth.addPerson(tenant, {});
      await fill(tenant, id, new Date(Date.now() - 40 * DAY));
      await fill(tenant, id, new Date(Date.now() + DAY));
    }
    expect(await counts(c)).toEqual(each(2));
    expect(await withTenant(c, () => purgeExpired(pool()))).toBe(EXPIRING.length);
    expect(await counts(c)).toEqual(each(1));
    expect(await counts(d)).toEqual(each(2));
    expect(await withTenant(c, () => purgeExpired(pool()))).toBe(0);
  });

  it('keeps for a while what somebody may still ask for', async () => {
    const { a: c } = await auth.twoTenants();
    const { id } = await auth.addPerson(c, {});
    await fill(c, id, new Date(Date.now() - DAY / 2));
    await withTenant(c, () => purgeExpired(pool()));
    const kept = EXPIRING.map(({ table, keptDays }) => [table, keptDays > 0 ? 1 : 0]);
    expect(await counts(c)).toEqual(Object.fromEntries(kept));
  });

  it('waits for nobody, and takes many in small portions', async () => {
    const { a: c } = await auth.twoTenants();
    const { id } = await auth.addPerson(c, {});
    await withTenant(c, () =>
      auth.prisma.failedLogIn.createMany({
        data: Array.from({ length: 1234 }, () => ({
          keyHash: hash(),
          forgetAt: new Date(Date.now() - DAY),
        })),
      }),
    );
    await fill(c, id, new Date(Date.now() - 40 * DAY));
    const release = await auth.holdAsAdmin('SELECT FROM sessions FOR UPDATE');
    try {
      expect(await withTenant(c, () => purgeExpired(pool()))).toBe(1234 + EXPIRING.length - 1);
    } finally {
      await release();
    }
    expect(await withTenant(c, () => purgeExpired(pool()))).toBe(1);
  });

  it('knows every table that holds something until a time', () => {
    const timed = TENANT_TABLES.filter(({ columns }) =>
      columns.some(({ name, type }) => /^(expires|forget)_at$/.test(name) && /NOT NULL/.test(type)),
    ).map(({ name }) => name);
    expect(EXPIRING.map(({ table }) => table).sort()).toEqual(timed.sort());
  });
});

describe('a request', () => {
  it('of a member sets it off behind its answer, for its own tenant', async () => {
    const { email, id } = await auth.addPerson(a, { password: PASSWORD });
    const other = await auth.addPerson(b, {});
    const { accessToken } = await auth.session(a, email, PASSWORD);
    // What the log-in has left is good still.
    const live = await counts(a);
    await fill(a, id, new Date(Date.now() - 40 * DAY));
    expect(await counts(a)).not.toEqual(live);
    await fill(b, other.id, new Date(Date.now() - 40 * DAY));
    expect((await auth.get('/auth/me', accessToken)).status).toBe(200);
    await auth.app.get(BackgroundWork, { strict: false }).settled();
    expect(await counts(a)).toEqual(live);
    expect(await counts(b)).toEqual(each(1));

    await fill(a, id, new Date(Date.now() - 40 * DAY));
    await auth.get('/auth/me', accessToken);
    await auth.app.get(BackgroundWork, { strict: false }).settled();
    expect((await counts(a)).mailed_tokens).toBe(1);
  });
});

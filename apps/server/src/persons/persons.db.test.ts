import { randomUUID } from 'node:crypto';
import { generateSync } from 'otplib';
import { runInTenant } from 'ringfence/context';
import { TenantPool } from 'ringfence/postgres';
import {
  CLAIM_LINK_STATEMENT,
  LEAVE_PERSON_STATEMENT,
  LINKED_ACCOUNTS_STATEMENT,
  PERSON_SUBJECTS,
} from 'ringfence/sql';
import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, AuthApp, type TestPerson } from '../auth/auth-app.fixture.js';
import { hashPassword, type SessionView } from '../auth/index.js';
import { claimLink, joinAccounts } from './person-links.js';

const OF_A = 'the password of tenant a';
const OF_B = 'the password of tenant b';
const SUSPENDED = { status: 403, body: { code: 'LINK_SUSPENDED' } };
const NOT_FOUND = { status: 404, body: { code: 'NOT_FOUND' } };

let auth: AuthApp;
let pool: TenantPool;
let a: TestTenant;
let b: TestTenant;
let inA: TestPerson;
let inB: TestPerson;
let session: SessionView;

beforeAll(async () => {
  auth = await AuthApp.start();
  pool = auth.app.get(TenantPool, { strict: false });
});
afterAll(() => auth.stop());
beforeEach(async () => {
  ({ a, b } = await auth.twoTenants());
  inA = await auth.addPerson(a, { password: OF_A });
  inB = await auth.addPerson(b, { password: OF_B, role: 'admin' });
  session = await auth.session(a, inA.email, OF_A);
});

const bearer = ({ accessToken }: SessionView) => ({ authorization: `Bearer ${accessToken}` });
const credentialsOfB = (change: object = {}) => ({
  tenant: b.slug,
  email: inB.email,
  password: OF_B,
  ...change,
});
const link = (by = session, change: object = {}): Promise<Answer> =>
  auth.post('/auth/links', { password: OF_A, other: credentialsOfB(), ...change }, bearer(by));
const switchTo = (tenant: TestTenant, by = session, code?: string): Promise<Answer> =>
  auth.post('/auth/switch', { tenant: tenant.slug, code }, bearer(by));

async function tenants(by = session): Promise<unknown> {
  const { status, body } = await auth.get('/auth/tenants', by.accessToken);
  expect(status).toBe(200);
  return body.items;
}

const bIs = (suspended: boolean) => [{ slug: b.slug, state: 'active', suspended }];

async function linked(): Promise<void> {
  expect((await link()).status).toBe(204);
  expect(await tenants()).toEqual(bIs(false));
  expect((await switchTo(b)).status).toBe(200);
}

/** SQL of the application's own login, in one tenant. */
const inject = (tenant: TestTenant, sql: string, ...values: unknown[]) =>
  withTenant(tenant, () => auth.prisma.$executeRawUnsafe(sql, ...values));

describe('one person in two tenants', () => {
  it('switches both ways, into sessions that are rows there', async () => {
    expect(await tenants()).toEqual([]);
    expect(await switchTo(b)).toMatchObject(NOT_FOUND);
    await linked();
    const there = (await switchTo(b)).body as unknown as SessionView;
    const me = await auth.get('/auth/me', there.accessToken);
    expect(me.body).toMatchObject({ id: inB.id, role: 'admin', tenant: { slug: b.slug } });
    const sessions = (await auth.get('/auth/sessions', there.accessToken)).body.items;
    expect(sessions).toHaveLength(2);
    const { refreshToken } = there;
    expect((await auth.post('/auth/refresh', { refreshToken })).status).toBe(200);
    expect((await switchTo(a, there)).body).toHaveProperty('accessToken');
    expect(await tenants(there)).toEqual([{ slug: a.slug, state: 'active', suspended: false }]);
    expect((await auth.get('/auth/me', session.accessToken)).body.id).toBe(inA.id);
  });

  it('has proven both accounts', async () => {
    expect(await link(session, { password: 'wrong' })).toMatchObject({
      body: { code: 'PASSWORD_WRONG' },
    });
    for (const change of [{ password: OF_A }, { email: inA.email }, { tenant: 'nowhere' }]) {
      expect(await link(session, { other: credentialsOfB(change) })).toMatchObject({
        body: { code: 'CREDENTIALS_INVALID' },
      });
    }
    const colleague = await auth.addPerson(a, { password: OF_A });
    const own = { tenant: a.slug, email: colleague.email, password: OF_A };
    expect(await link(session, { other: own })).toMatchObject({ status: 409 });
    expect(await tenants()).toEqual([]);
  });

  it('is known to nobody else', async () => {
    await linked();
    const colleague = await auth.addPerson(a, { password: OF_A, role: 'owner' });
    const theirs = await auth.session(a, colleague.email, OF_A);
    expect(await tenants(theirs)).toEqual([]);
    expect(await switchTo(b, theirs)).toMatchObject(NOT_FOUND);
    const unknown = await auth.post('/auth/switch', { tenant: 'nowhere' }, bearer(theirs));
    const { requestId: _, ...one } = unknown.body;
    const { requestId: __, ...other } = (await switchTo(b, theirs)).body;
    expect(one).toEqual(other);
  });

  it('ends with membership, suspension of the tenant, or when the person leaves', async () => {
    await linked();
    const state = (name: string) =>
      auth.asAdmin('UPDATE ringfence.tenants SET state = $2 WHERE id = $1', [b.id, name]);
    await state('suspended');
    expect(await switchTo(b)).toMatchObject({ status: 403, body: { code: 'TENANT_SUSPENDED' } });
    await state('active');
    expect((await switchTo(b)).status).toBe(200);
    expect((await auth.send('DELETE', '/auth/links', {}, bearer(session))).status).toBe(204);
    expect(await switchTo(b)).toMatchObject(NOT_FOUND);
    await linked();
    await inject(b, 'DELETE FROM public.users WHERE id = $1::uuid', inB.id);
    expect(await switchTo(b)).toMatchObject(NOT_FOUND);
    expect(await tenants()).toEqual([]);
  });

  it('keeps the second factor of the tenant that is entered', async () => {
    const { secret } = await secondFactor(await auth.session(b, inB.email, OF_B), OF_B);
    expect(await link()).toMatchObject({ body: { code: 'SECOND_FACTOR_REQUIRED' } });
    const code = (steps: number) =>
      generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps });
    const other = credentialsOfB({ code: code(0) });
    expect((await link(session, { other })).status).toBe(204);
    expect(await switchTo(b)).toMatchObject({ body: { code: 'SECOND_FACTOR_REQUIRED' } });
    expect(await switchTo(b, session, code(0))).toMatchObject({
      body: { code: 'SECOND_FACTOR_WRONG' },
    });
    expect((await switchTo(b, session, code(1))).status).toBe(200);
  });
});

async function secondFactor(by: SessionView, password: string) {
  const begun = await auth.post('/auth/second-factor', { password }, bearer(by));
  const secret = String(begun.body.secret);
  const code = generateSync({ secret, epoch: Math.floor(Date.now() / 1000) - 30 });
  const on = await auth.post('/auth/second-factor/confirm', { code }, bearer(by));
  expect(on.status).toBe(200);
  return { secret };
}

describe('whoever takes an account over in A', () => {
  const STOLEN = 'chosen by somebody else';

  it('as a manager with a new password, does not get into B', async () => {
    await linked();
    await withTenant(a, async () => {
      const passwordHash = await hashPassword(STOLEN);
      await auth.prisma.user.update({ where: { id: inA.id }, data: { passwordHash } });
    });
    const thief = await auth.session(a, inA.email, STOLEN);
    expect(await switchTo(b, thief)).toMatchObject(SUSPENDED);
    expect(await tenants(thief)).toEqual(bIs(true));
    expect(
      await link(thief, { password: STOLEN, other: credentialsOfB({ password: STOLEN }) }),
    ).toMatchObject({ body: { code: 'CREDENTIALS_INVALID' } });
    // Nor by way of an account of their own.
    const { a: c } = await auth.twoTenants();
    const own = await auth.addPerson(c, { password: STOLEN });
    const other = { tenant: c.slug, email: own.email, password: STOLEN };
    expect((await link(thief, { password: STOLEN, other })).status).toBe(204);
    expect((await switchTo(c, thief)).status).toBe(200);
    expect(await switchTo(b, thief)).toMatchObject(NOT_FOUND);
    const inC = await auth.session(c, own.email, STOLEN);
    expect(await switchTo(b, inC)).toMatchObject(NOT_FOUND);
  });

  it('and back again, leaves a link that stays suspended until both are proven', async () => {
    await linked();
    const [row] = await withTenant(
      a,
      () =>
        auth.prisma.$queryRaw<
          { hash: string }[]
        >`SELECT password_hash AS hash FROM public.users WHERE id = ${inA.id}::uuid`,
    );
    const set = 'UPDATE public.users SET password_hash = $2 WHERE id = $1::uuid';
    await inject(a, set, inA.id, await hashPassword(STOLEN));
    await inject(a, set, inA.id, row?.hash);
    const again = await auth.session(a, inA.email, OF_A);
    expect(await switchTo(b, again)).toMatchObject(SUSPENDED);
    expect((await link(again)).status).toBe(204);
    expect((await switchTo(b, again)).status).toBe(200);
  });

  it.each([
    ['another address', `UPDATE public.users SET email = 'thief@example.test' WHERE id = $1::uuid`],
    [
      'a recovery code',
      `INSERT INTO public.recovery_codes (user_id, code_hash) VALUES ($1::uuid, sha256('x'))`,
    ],
    [
      'a used code that is good again',
      `UPDATE public.recovery_codes SET used_at = NULL WHERE user_id = $1::uuid AND used_at IS NOT NULL`,
    ],
    [
      'a step back',
      `UPDATE public.second_factors SET last_step = last_step - 9 WHERE user_id = $1::uuid`,
    ],
    ['no second factor', `DELETE FROM public.second_factors WHERE user_id = $1::uuid`],
    [
      'an unconfirmed one',
      `UPDATE public.second_factors SET confirmed_at = NULL WHERE user_id = $1::uuid`,
    ],
  ])('by SQL, with %s, does not get into B', async (_, sql) => {
    const { secret } = await secondFactor(session, OF_A);
    const code = generateSync({ secret, epoch: Math.floor(Date.now() / 1000) });
    await inject(
      a,
      `UPDATE public.recovery_codes SET used_at = now() WHERE user_id = $1::uuid AND code_hash = (SELECT min(code_hash::text)::bytea FROM public.recovery_codes WHERE user_id = $1::uuid)`,
      inA.id,
    );
    expect((await link(session, { code })).status).toBe(204);
    expect((await switchTo(b)).status).toBe(200);
    expect(await inject(a, sql, inA.id)).toBe(1);
    expect(await switchTo(b)).toMatchObject(SUSPENDED);
  });

  it('by removing the account and making one of the same id, is not that person', async () => {
    await linked();
    await inject(a, 'DELETE FROM public.users WHERE id = $1::uuid', inA.id);
    await inject(
      a,
      `INSERT INTO public.users (id, email, name, role, password_hash) VALUES ($1::uuid, $2, 'x', 'owner', $3)`,
      inA.id,
      inA.email,
      await hashPassword(STOLEN),
    );
    const thief = await auth.session(a, inA.email, STOLEN);
    expect(await tenants(thief)).toEqual([]);
    expect(await switchTo(b, thief)).toMatchObject(NOT_FOUND);
  });

  it('suspends every link of the person, so that what was planted goes too', async () => {
    await linked();
    const { a: c } = await auth.twoTenants();
    const planted = await auth.addPerson(c, { password: STOLEN });
    const other = { tenant: c.slug, email: planted.email, password: STOLEN };
    expect((await link(session, { other })).status).toBe(204);
    const inC = await auth.session(c, planted.email, STOLEN);
    expect((await switchTo(b, inC)).status).toBe(200);
    // The victim changes the password that was stolen.
    const { status } = await auth.send(
      'PUT',
      '/auth/password',
      { currentPassword: OF_A, newPassword: 'a phrase that only I know' },
      bearer(session),
    );
    expect(status).toBe(204);
    for (const tenant of [a, b]) expect(await switchTo(tenant, inC)).toMatchObject(SUSPENDED);
    const relink = await link(session, { password: 'a phrase that only I know' });
    expect(relink.status).toBe(204);
    expect((await switchTo(b)).status).toBe(200);
    for (const tenant of [a, b]) expect(await switchTo(tenant, inC)).toMatchObject(NOT_FOUND);
  });

  it('under a snapshot from before the link, changes nothing at all', async () => {
    const old = withTenant(a, () =>
      auth.prisma.$transaction(
        async (tx) => {
          await tx.user.count();
          await linkWithout(a);
          await tx.$executeRaw`UPDATE public.users SET password_hash = 'x' WHERE id = ${inA.id}::uuid`;
        },
        { isolationLevel: 'RepeatableRead' },
      ),
    );
    await expect(old).rejects.toThrow(/READ COMMITTED/);
    expect((await switchTo(b)).status).toBe(200);
  });
});

/** Links in the middle of a transaction of the test's own. */
async function linkWithout(_: TestTenant): Promise<void> {
  const answer = await new Promise<Answer>((resolve, reject) => {
    setImmediate(() => link().then(resolve, reject));
  });
  expect(answer.status).toBe(204);
}

describe('a link that is being made', () => {
  it('is undone by a change that comes in between, in either tenant', async () => {
    for (const [tenant, person] of [
      [a, inA],
      [b, inB],
    ] as const) {
      const own = { tenantId: a.id, userId: inA.id };
      const theirs = { tenantId: b.id, userId: inB.id };
      const claim = await runInTenant(a.id, () => claimLink(pool, own, theirs));
      await inject(
        tenant,
        `UPDATE public.users SET password_hash = 'x' WHERE id = $1::uuid`,
        person.id,
      );
      expect(await runInTenant(a.id, () => joinAccounts(pool, claim))).toBe(false);
    }
    expect(await tenants()).toEqual([]);
  });

  it('waits for a change that is under way', async () => {
    const own = { tenantId: a.id, userId: inA.id };
    const claim = await runInTenant(a.id, () =>
      claimLink(pool, own, { tenantId: b.id, userId: inB.id }),
    );
    let commit: () => void = () => undefined;
    let begun: () => void = () => undefined;
    const changing = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const change = withTenant(b, () =>
      auth.prisma.$transaction(
        async (tx) => {
          await tx.$executeRaw`UPDATE public.users SET password_hash = 'x' WHERE id = ${inB.id}::uuid`;
          begun();
          await new Promise<void>((resolve) => {
            commit = resolve;
          });
        },
        { timeout: 30_000 },
      ),
    );
    await changing;
    const joining = runInTenant(a.id, () => joinAccounts(pool, claim));
    await vi.waitFor(
      async () =>
        expect(
          await auth.asAdmin(
            `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          ),
        ).toBe(1),
      { timeout: 20_000, interval: 20 },
    );
    commit();
    await change;
    expect(await joining).toBe(false);
  });
});

describe('SQL of the application in A', () => {
  it('reads no link and makes none, without what the process signs', async () => {
    await linked();
    const refused = /not signed|permission denied/;
    const query = (sql: string, values: unknown[]) =>
      runInTenant(a.id, () => pool.query(sql, values));
    const proofs = [
      '',
      'x.9999999999.y',
      // Its own proof of the context, and those of other questions and of other tenants.
      (await query(`SELECT current_setting('app.current_tenant_proof') AS proof`, [])).rows[0]
        .proof,
      pool.prove(PERSON_SUBJECTS.leave({ tenantId: a.id, userId: inA.id })).replace(/.$/, 'x'),
      pool.prove(PERSON_SUBJECTS.linked({ tenantId: b.id, userId: inA.id })),
      pool.prove(PERSON_SUBJECTS.linked({ tenantId: a.id, userId: randomUUID() })),
    ];
    for (const proof of proofs) {
      await expect(query(LINKED_ACCOUNTS_STATEMENT, [inA.id, proof])).rejects.toThrow(refused);
      await expect(query(LEAVE_PERSON_STATEMENT, [inA.id, proof])).rejects.toThrow(refused);
      await expect(query(CLAIM_LINK_STATEMENT, [inA.id, b.id, inB.id, proof])).rejects.toThrow(
        refused,
      );
    }
    for (const table of ['persons', 'person_users', 'link_claims']) {
      for (const sql of [
        `SELECT FROM ringfence.${table}`,
        `DELETE FROM ringfence.${table}`,
        `INSERT INTO ringfence.${table} DEFAULT VALUES`,
      ]) {
        await expect(query(sql, [])).rejects.toThrow(refused);
      }
    }
    await expect(
      query('ALTER TABLE public.users DISABLE TRIGGER suspend_person_change', []),
    ).rejects.toThrow(/owner/);
    await expect(query(`SET session_replication_role = 'replica'`, [])).rejects.toThrow();
    expect((await switchTo(b)).status).toBe(200);
  });

  it("may not use B's signed question", async () => {
    await linked();
    const proof = pool.prove(PERSON_SUBJECTS.linked({ tenantId: b.id, userId: inB.id }));
    const asB = await runInTenant(b.id, () =>
      pool.query(LINKED_ACCOUNTS_STATEMENT, [inB.id, proof]),
    );
    expect(asB.rows).toEqual([{ tenant: a.id, account: inA.id, suspended: false }]);
    await expect(
      runInTenant(a.id, () => pool.query(LINKED_ACCOUNTS_STATEMENT, [inB.id, proof])),
    ).rejects.toThrow(/not signed/);
  });
});

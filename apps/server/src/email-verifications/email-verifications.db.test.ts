import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestPerson } from '../auth/auth-app.fixture.js';
import { ACCOUNT_MAILS, type AccountMails } from '../mailed-tokens/index.js';
import { addressesOf, linkIn, MailApp } from '../mailed-tokens/mail-app.fixture.js';
import type { Role } from '../permissions.js';

const PASSWORD = 'a long enough password';

/** A person with a session. */
interface Member extends TestPerson {
  readonly tenant: TestTenant;
  readonly token: string;
}

let server: MailApp;
let a: TestTenant;
let b: TestTenant;
let serial = 0;
beforeAll(async () => {
  server = await MailApp.start();
  ({ a, b } = await server.auth.twoTenants());
});
afterAll(() => server?.stop());

/** An address that nobody has. */
function fresh(): string {
  serial += 1;
  return `fresh-${serial}@example.test`;
}

async function member(tenant: TestTenant, role: Role = 'viewer'): Promise<Member> {
  const person = await server.auth.addPerson(tenant, { password: PASSWORD, role });
  const { accessToken } = await server.auth.session(tenant, person.email, PASSWORD);
  return { ...person, tenant, token: accessToken };
}

const ask = ({ token }: Member, body: object = {}): Promise<Answer> =>
  server.auth.post('/email-verifications', body, { authorization: `Bearer ${token}` });
const confirm = (token: string, headers = {}): Promise<Answer> =>
  server.auth.post('/email-verifications/confirm', { token }, headers);
const logIn = ({ tenant }: Member, email: string): Promise<Answer> =>
  server.auth.post('/auth/login', { tenant: tenant.slug, email, password: PASSWORD });

async function verified({ tenant, id }: Member): Promise<boolean> {
  const user = await withTenant(tenant, () =>
    server.auth.prisma.user.findUnique({ where: { id }, select: { emailVerifiedAt: true } }),
  );
  return user?.emailVerifiedAt instanceof Date;
}

async function patch(by: Member, id: string, payload: object): Promise<Answer> {
  const answer = await server.auth.app.inject({
    method: 'PATCH',
    url: `/users/${id}`,
    payload,
    headers: { authorization: `Bearer ${by.token}` },
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

function expectInvalid(answer: Answer): void {
  expect(answer).toMatchObject({ status: 401, body: { code: 'MAILED_TOKEN_INVALID' } });
}

describe('verifying the present address', () => {
  it('takes the mail that came back, once', async () => {
    const ann = await member(a);
    expect(await verified(ann)).toBe(false);
    expect((await ask(ann)).status).toBe(202);
    const mail = await server.lastMailTo(ann.email);
    const { host, kind, token } = linkIn(mail);
    expect([host, kind]).toEqual([`${a.slug}.ringfence.test`, 'email-verification']);
    const answers = await Promise.all([confirm(token), confirm(token), confirm(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401]);
    expect(await verified(ann)).toBe(true);
    expectInvalid(await confirm(token));

    const sent = (await server.mailsTo(ann.email)).length;
    expect((await ask(ann)).status).toBe(202);
    expect(await server.mailsTo(ann.email)).toHaveLength(sent);
  });

  it('of one tenant does nothing in another, and a token of another purpose nothing here', async () => {
    const ann = await member(a);
    await ask(ann);
    const token = await server.tokenFor(ann.email);
    expectInvalid(await confirm(`${b.id}.${token.split('.')[1]}`));
    for (const headers of addressesOf(b.slug)) expectInvalid(await confirm(token, headers));
    await server.auth.post('/password-resets', { tenant: a.slug, email: ann.email });
    const reset = linkIn(await server.lastMailTo(ann.email));
    expect(reset.kind).toBe('password-reset');
    expectInvalid(await confirm(reset.token));
    const swapped = { token, password: 'yet another long password' };
    expectInvalid(await server.auth.post('/password-resets/confirm', swapped));
    expect((await confirm(token)).status).toBe(204);
  });

  it('is bounded', async () => {
    const ann = await member(a);
    const statuses: number[] = [];
    for (let times = 0; times < 6; times += 1) statuses.push((await ask(ann)).status);
    expect(statuses).toEqual([202, 202, 202, 202, 202, 429]);
    expect(await server.mailsTo(ann.email)).toHaveLength(5);
  });

  it('needs somebody who is logged in', async () => {
    const answer = await server.auth.post('/email-verifications', {});
    expect(answer.body.code).toBe('AUTHENTICATION_REQUIRED');
  });
});

describe('changing one’s own address', () => {
  it('takes effect when the new address confirms, and tells the old one', async () => {
    const ann = await member(a);
    const email = fresh();
    const answer = await ask(ann, { email: email.toUpperCase(), password: PASSWORD });
    expect(answer.status).toBe(202);
    const token = await server.tokenFor(email);
    expect(await server.mailsTo(ann.email)).toHaveLength(0);
    expect((await logIn(ann, email)).status).toBe(401);
    expect((await logIn(ann, ann.email)).status).toBe(200);

    expect((await confirm(token)).status).toBe(204);
    expect((await logIn(ann, email)).status).toBe(200);
    expect((await logIn(ann, ann.email)).status).toBe(401);
    expect(await verified(ann)).toBe(true);
    const notice = await server.lastMailTo(ann.email);
    expect(notice.subject).toContain('was changed');
    expect(notice.raw).not.toContain(email);
  });

  it.each([
    ['no password', {}],
    ['a wrong password', { password: 'not the password' }],
  ])('is refused with %s', async (_, extras) => {
    const ann = await member(a);
    const email = fresh();
    const answer = await ask(ann, { email, ...extras });
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(answer.body.errors).toMatchObject([{ pointer: '/password' }]);
    expect(await server.mailsTo(email)).toHaveLength(0);
  });

  it('does not let a stolen token guess the password for long', async () => {
    const ann = await member(a);
    const statuses: number[] = [];
    for (let times = 0; times < 11; times += 1) {
      statuses.push((await ask(ann, { email: fresh(), password: `guess ${times}` })).status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(400));
    expect(statuses[10]).toBe(429);
  });

  it('is refused when the address is taken here, at once and at the end; elsewhere is elsewhere', async () => {
    const ann = await member(a);
    const bob = await member(a);
    const eve = await member(b);
    const taken = await ask(ann, { email: bob.email, password: PASSWORD });
    expect(taken).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });

    expect((await ask(ann, { email: eve.email, password: PASSWORD })).status).toBe(202);
    expect((await confirm(await server.tokenFor(eve.email))).status).toBe(204);
    expect((await logIn(eve, eve.email)).status).toBe(200);

    const email = fresh();
    await ask(bob, { email, password: PASSWORD });
    const late = await server.tokenFor(email);
    await server.auth.addPerson(a, { email });
    expect(await confirm(late)).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });
    expect((await logIn(bob, bob.email)).status).toBe(200);
  });

  it('is void once the address is another by now, and voids what was mailed before', async () => {
    const ann = await member(a);
    const email = fresh();
    await ask(ann, { email, password: PASSWORD });
    const token = await server.tokenFor(email);
    const between = fresh();
    await withTenant(a, () =>
      server.auth.prisma.user.update({
        where: { id: ann.id },
        data: { email: between },
        select: { id: true },
      }),
    );
    expectInvalid(await confirm(token));
    expect((await logIn(ann, between)).status).toBe(200);

    const bob = await member(a);
    await server.auth.post('/password-resets', { tenant: a.slug, email: bob.email });
    const reset = await server.tokenFor(bob.email);
    const next = fresh();
    await ask(bob, { email: next, password: PASSWORD });
    expect((await confirm(await server.tokenFor(next))).status).toBe(204);
    const stale = { token: reset, password: 'yet another long password' };
    expectInvalid(await server.auth.post('/password-resets/confirm', stale));
  });

  it('is not done by PATCH, which asks for no password', async () => {
    const ann = await member(a, 'admin');
    const answer = await patch(ann, ann.id, { email: fresh() });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/email' }] } });
    expect((await patch(ann, ann.id, { email: ann.email, name: 'Ann' })).status).toBe(200);
  });

  it.each([
    'nobody',
    'a@b@c.test',
    'ü@example.test',
    'a@exämple.test',
    'a@x.test\r\nBcc: b@x.test',
  ])('refuses %j as an address', async (email) => {
    const answer = await ask(await member(a), { email, password: PASSWORD });
    expect(answer.body.errors).toMatchObject([{ pointer: '/email' }]);
  });
});

describe('an address that an administrator changes', () => {
  it('is not verified, is mailed a link, and the old one is told and its links are void', async () => {
    const admin = await member(a, 'admin');
    await ask(admin);
    await confirm(await server.tokenFor(admin.email));
    const ann = await member(a);
    await ask(ann);
    await confirm(await server.tokenFor(ann.email));
    await server.auth.post('/password-resets', { tenant: a.slug, email: ann.email });
    const reset = await server.tokenFor(ann.email);
    expect(await verified(ann)).toBe(true);

    const email = fresh();
    expect((await patch(admin, ann.id, { email })).status).toBe(200);
    expect(await verified(ann)).toBe(false);
    expect((await server.lastMailTo(ann.email)).text).toContain('administers');
    const stale = { token: reset, password: 'yet another long password' };
    expectInvalid(await server.auth.post('/password-resets/confirm', stale));
    expect((await confirm(await server.tokenFor(email))).status).toBe(204);
    expect(await verified(ann)).toBe(true);
  });
});

describe('mails about changed addresses', () => {
  async function verifiedAdmin(tenant: TestTenant): Promise<Member> {
    const admin = await member(tenant, 'admin');
    await ask(admin);
    await confirm(await server.tokenFor(admin.email));
    return admin;
  }

  it('are bounded for each account', async () => {
    const admin = await verifiedAdmin(a);
    const ann = await server.auth.addPerson(a, {});
    const statuses: number[] = [];
    for (let times = 0; times < 6; times += 1) {
      statuses.push((await patch(admin, ann.id, { email: fresh() })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = await patch(admin, ann.id, { email: fresh() });
    expect(refused).toMatchObject({ body: { code: 'RATE_LIMITED' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('are bounded for each mailbox, of all tenants together, and change nothing beyond', async () => {
    const admins = [await verifiedAdmin(a), await verifiedAdmin(b)] as const;
    const email = fresh();
    const changed: number[] = [];
    for (let times = 0; times < 8; times += 1) {
      const admin = admins[times % 2] ?? admins[0];
      const victim = await server.auth.addPerson(admin.tenant, {});
      changed.push((await patch(admin, victim.id, { email })).status);
      // Away again: the notice goes to the same mailbox.
      changed.push((await patch(admin, victim.id, { email: fresh() })).status);
      await server.auth.asAdmin('DELETE FROM public.users WHERE id = $1', [victim.id]);
    }
    expect(changed.slice(0, 10)).toEqual(Array(10).fill(200));
    expect(changed.filter((status) => status === 429).length).toBeGreaterThan(0);
    expect(await server.mailsTo(email)).toHaveLength(10);
  });

  it('are bounded for each tenant, whoever is deleted meanwhile', async () => {
    const { a: c, b: d } = await server.auth.twoTenants();
    const admin = await verifiedAdmin(c);
    const { addressChanges } = server.auth.app.get<AccountMails>(ACCOUNT_MAILS, { strict: false });
    for (let times = 0; times < 197; times += 1) {
      await addressChanges.take({ tenantId: c.id, before: fresh(), email: fresh() });
    }
    const statuses: number[] = [];
    for (let times = 0; times < 4; times += 1) {
      const { id } = await server.auth.addPerson(c, {});
      statuses.push((await patch(admin, id, { email: fresh() })).status);
      await server.auth.asAdmin('DELETE FROM public.users WHERE id = $1', [id]);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
    const other = await server.auth.addPerson(d, {});
    const unbothered = await patch(await verifiedAdmin(d), other.id, { email: fresh() });
    expect(unbothered.status).toBe(200);
  });
});

it('names cannot put anything into a mail', async () => {
  const ann = await member(a, 'admin');
  const name = 'Eve <script>alert(1)</script>\r\nBcc: all@evil.test https://evil.test/ ‮';
  await patch(ann, ann.id, { name: `${name}${'x'.repeat(100)}` });
  await server.auth.asAdmin(`UPDATE ringfence.tenants SET name = $2 WHERE id = $1`, [a.id, name]);
  await ask(ann);
  const mail = await server.lastMailTo(ann.email);
  expect(mail.recipients).toEqual([ann.email]);
  expect(mail.headers.has('bcc')).toBe(false);
  expect(mail.html).not.toContain('<script');
  expect(mail.html).toContain('&lt;script&gt;');
  expect(mail.raw).not.toContain('evil.test');
  expect(mail.subject).not.toMatch(/[\r\n‮]/);
});

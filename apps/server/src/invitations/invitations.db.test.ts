import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../auth/auth-app.fixture.js';
import { addressesOf, linkIn, MailApp } from '../mailed-tokens/mail-app.fixture.js';
import type { Role } from '../permissions.js';

const PASSWORD = 'a long enough password';
const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;

/** A person with a session and a verified address. */
interface Member {
  readonly id: string;
  readonly email: string;
  readonly tenant: TestTenant;
  readonly token: string;
}

let server: MailApp;
let a: TestTenant;
let b: TestTenant;
let owner: Member;
let admin: Member;
let stranger: Member;
let serial = 0;
beforeAll(async () => {
  server = await MailApp.start();
  ({ a, b } = await server.auth.twoTenants());
  owner = await member(a, 'owner');
  admin = await member(a, 'admin');
  stranger = await member(b, 'owner');
});
afterAll(() => server?.stop());

/** An address that nobody has. */
function fresh(): string {
  serial += 1;
  return `guest-${serial}@example.test`;
}

async function member(tenant: TestTenant, role: Role): Promise<Member> {
  const { id, email } = await server.auth.addPerson(tenant, { password: PASSWORD, role });
  await withTenant(tenant, () => verify(id));
  const { accessToken } = await server.auth.session(tenant, email, PASSWORD);
  return { id, email, tenant, token: accessToken };
}

const verify = (id: string) =>
  server.auth.prisma.user.update({
    where: { id },
    data: { emailVerifiedAt: new Date() },
    select: { id: true },
  });
const bearer = ({ token }: Member) => ({ authorization: `Bearer ${token}` });
const invite = (by: Member, email: string, extras: object = {}): Promise<Answer> =>
  server.auth.post('/invitations', { email, role: 'member', ...extras }, bearer(by));
const resend = (by: Member, id: unknown): Promise<Answer> =>
  server.auth.post(`/invitations/${id}/resend`, {}, bearer(by));
const accept = (token: string, extras: object = {}, headers = {}): Promise<Answer> => {
  const input = { token, name: 'Guest', password: PASSWORD, ...extras };
  return server.auth.post('/invitations/accept', input, headers);
};
const logIn = (tenant: TestTenant, email: string): Promise<Answer> =>
  server.auth.post('/auth/login', { tenant: tenant.slug, email, password: PASSWORD });

async function revoke(by: Member, id: unknown): Promise<number> {
  const url = `/invitations/${id}`;
  return (await server.auth.app.inject({ method: 'DELETE', url, headers: bearer(by) })).statusCode;
}

/** Invites, and takes the token out of the mail. */
async function invited(by: Member, email = fresh(), extras: object = {}) {
  const answer = await invite(by, email, extras);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return { id: answer.body.id, email, token: await server.tokenFor(email) };
}

function expectInvalid(answer: Answer): void {
  expect(answer).toMatchObject({ status: 401, body: { code: 'MAILED_TOKEN_INVALID' } });
}

describe('an invitation', () => {
  it('goes by mail, makes a member with that role and a verified address, once', async () => {
    const email = fresh();
    const answer = await invite(admin, email.toUpperCase(), { role: 'viewer' });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      email,
      role: 'viewer',
      state: 'open',
      invitedBy: admin.id,
    });
    const mail = await server.lastMailTo(email);
    const { host, kind, token } = linkIn(mail);
    expect([host, kind]).toEqual([`${a.slug}.ringfence.test`, 'invitation']);
    expect(mail.text).toContain('Tenant A');
    expect(JSON.stringify(answer.body)).not.toContain(token.split('.')[1]);

    const answers = await Promise.all([accept(token), accept(token), accept(token)]);
    expect(answers.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1);
    expect(answers.find(({ status }) => status === 201)?.body).toEqual({ tenant: a.slug, email });
    expectInvalid(await accept(token));
    const session = await server.auth.session(a, email, PASSWORD);
    const me = await server.auth.get('/auth/me', session.accessToken);
    expect(me.body).toMatchObject({ email, name: 'Guest', role: 'viewer', tenant: { id: a.id } });
    const user = await withTenant(a, () =>
      server.auth.prisma.user.findFirst({ where: { email }, select: { emailVerifiedAt: true } }),
    );
    expect(user?.emailVerifiedAt).toBeInstanceOf(Date);
    expect((await logIn(b, email)).status).toBe(401);
  });

  it('of one tenant does nothing in another, whatever stands in front of the secret', async () => {
    const { email, token } = await invited(admin);
    expectInvalid(await accept(`${b.id}.${token.split('.')[1]}`));
    for (const headers of addressesOf(b.slug)) expectInvalid(await accept(token, {}, headers));
    expect((await logIn(a, email)).status).toBe(401);
    expect((await logIn(b, email)).status).toBe(401);
    expect((await accept(token)).status).toBe(201);
    expect((await logIn(a, email)).status).toBe(200);
    expect((await logIn(b, email)).status).toBe(401);
  });

  it('is seen, sent again and revoked by its own tenant only', async () => {
    const { id, token } = await invited(admin);
    const list = async (by: Member) =>
      (await server.auth.get('/invitations?limit=100', by.token)).body.items as { id: string }[];
    expect((await list(admin)).map((each) => each.id)).toContain(id);
    expect((await list(stranger)).map((each) => each.id)).not.toContain(id);
    expect((await resend(stranger, id)).status).toBe(404);
    expect(await revoke(stranger, id)).toBe(404);
    expect((await accept(token)).status).toBe(201);
  });

  it('of an owner is revoked by an owner only', async () => {
    const { id, token } = await invited(owner, fresh(), { role: 'owner' });
    expect(await revoke(admin, id)).toBe(403);
    expect((await resend(admin, id)).status).toBe(403);
    expect(await revoke(stranger, id)).toBe(404);
    const other = await invited(owner, fresh(), { role: 'owner' });
    expect(await revoke(owner, other.id)).toBe(204);
    expectInvalid(await accept(other.token));
    expect((await accept(token)).status).toBe(201);
  });

  it('is void when it was revoked, has expired, was sent again, or another came after it', async () => {
    const one = await invited(admin);
    expect(await revoke(admin, one.id)).toBe(204);
    expect(await revoke(admin, one.id)).toBe(404);
    expectInvalid(await accept(one.token));

    const two = await invited(admin);
    const sql = `UPDATE invitations SET expires_at = now() - interval '1 second' WHERE id = $1`;
    expect(await server.auth.asAdmin(sql, [two.id])).toBe(1);
    expectInvalid(await accept(two.token));

    const again = await resend(admin, two.id);
    expect(again).toMatchObject({ status: 201, body: { email: two.email, state: 'open' } });
    const third = await server.tokenFor(two.email);
    expectInvalid(await accept(two.token));

    const fourth = await invited(owner, two.email, { role: 'viewer' });
    expectInvalid(await accept(third));
    expect((await accept(fourth.token)).status).toBe(201);
    expect((await resend(admin, fourth.id)).body.code).toBe('CONFLICT');
  });

  it('dies with its inviter, and when the inviter may not give that role any more', async () => {
    const gone = await member(a, 'admin');
    const orphan = await invited(gone);
    await withTenant(a, () =>
      server.auth.prisma.user.delete({ where: { id: gone.id }, select: { id: true } }),
    );
    expectInvalid(await accept(orphan.token));

    const demoted = await member(a, 'admin');
    const late = await invited(demoted);
    const setRole = (role: Role) =>
      withTenant(a, () =>
        server.auth.prisma.user.update({
          where: { id: demoted.id },
          data: { role },
          select: { id: true },
        }),
      );
    await setRole('member');
    expectInvalid(await accept(late.token));
    await setRole('admin');
    expect((await accept(late.token)).status).toBe(201);
  });

  it('to somebody who has become a member meanwhile says so, to the holder of the token only', async () => {
    const { email, token } = await invited(admin);
    await server.auth.addPerson(a, { email });
    expect(await accept(token)).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });
    expectInvalid(await accept(`${a.id}.${'a'.repeat(43)}`));
  });

  it('of a suspended tenant says so to the holder of a good token only', async () => {
    const { a: c } = await server.auth.twoTenants();
    const { token } = await invited(await member(c, 'owner'));
    const sql = `UPDATE ringfence.tenants SET state = $2 WHERE id = $1`;
    await server.auth.asAdmin(sql, [c.id, 'suspended']);
    expect((await accept(token)).body.code).toBe('TENANT_SUSPENDED');
    expectInvalid(await accept(`${c.id}.${'a'.repeat(43)}`));
    await server.auth.asAdmin(sql, [c.id, 'active']);
    expect((await accept(token)).status).toBe(201);
  });

  it('takes no weak password, and stays good', async () => {
    const { token } = await invited(admin);
    const weak = await accept(token, { password: 'short' });
    expect(weak).toMatchObject({ status: 400, body: { errors: [{ pointer: '/password' }] } });
    expect((await accept(token)).status).toBe(201);
  });
});

describe('inviting', () => {
  it.each(ROLES.flatMap((by) => ROLES.map((role) => [by, role] as const)))(
    'as %s to be %s is let through only for who holds all of that',
    async (by, role) => {
      const inviter = await member(a, by);
      const allowed = by === 'owner' || (by === 'admin' && role !== 'owner');
      const answer = await invite(inviter, fresh(), { role });
      expect(answer.status, JSON.stringify(answer.body)).toBe(allowed ? 201 : 403);
      if (!allowed) expect(answer.body.code).toBe('PERMISSION_DENIED');
    },
  );

  it('to a role of the tenant’s own needs all that it allows, and the role to be of this tenant', async () => {
    const make = (tenant: TestTenant, permissions: string[]) =>
      withTenant(tenant, () =>
        server.auth.prisma.customRole.create({
          data: { name: `role ${fresh()}`, permissions },
          select: { id: true },
        }),
      );
    const small = await make(a, ['project.read', 'user.update']);
    const theirs = await make(b, ['project.read']);
    const great = await make(a, ['project.read', 'tenant.erase']);
    const { email, token } = await invited(admin, fresh(), {
      role: 'viewer',
      customRoleId: small.id,
    });
    expect((await accept(token)).status).toBe(201);
    const made = await withTenant(a, () =>
      server.auth.prisma.user.findFirst({ where: { email }, select: { customRoleId: true } }),
    );
    expect(made?.customRoleId).toBe(small.id);
    const tooGreat = await invite(admin, fresh(), { role: 'viewer', customRoleId: great.id });
    expect(tooGreat.body.code).toBe('PERMISSION_DENIED');
    const foreign = await invite(admin, fresh(), { role: 'viewer', customRoleId: theirs.id });
    const nowhere = await invite(admin, fresh(), { role: 'viewer', customRoleId: admin.id });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'REFERENCE_NOT_FOUND' } });
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...nowhere.body, requestId: '' });
  });

  it('needs a verified address', async () => {
    const person = await server.auth.addPerson(a, { password: PASSWORD, role: 'owner' });
    const { accessToken } = await server.auth.session(a, person.email, PASSWORD);
    const unproven = { ...person, tenant: a, token: accessToken };
    expect((await invite(unproven, fresh())).body.code).toBe('EMAIL_UNVERIFIED');
    await withTenant(a, () => verify(person.id));
    expect((await invite(unproven, fresh())).status).toBe(201);
  });

  it('a member is refused; a member of another tenant is somebody new', async () => {
    const taken = await invite(admin, owner.email);
    expect(taken).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });
    expect((await invite(admin, stranger.email)).status).toBe(201);
  });

  it('the same address at the same moment leaves one open invitation', async () => {
    const email = fresh();
    await Promise.all([admin, owner, admin, owner].map((by) => invite(by, email)));
    const open = await withTenant(a, () =>
      server.auth.prisma.invitation.count({ where: { email, revokedAt: null } }),
    );
    expect(open).toBe(1);
    expect(await server.mailsTo(email)).toHaveLength(4);
    const answers = await Promise.all(
      (await server.mailsTo(email)).map((mail) => accept(linkIn(mail).token)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(3);
  });

  it('fills nobody’s mailbox', async () => {
    const email = fresh();
    const statuses: number[] = [];
    for (let times = 0; times < 6; times += 1) statuses.push((await invite(admin, email)).status);
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429]);
    expect(await server.mailsTo(email)).toHaveLength(5);
  });
});

it('leaves neither tokens nor addresses in the log', async () => {
  const { email, token } = await invited(admin);
  await accept(token);
  const logged = server.auth.log.join('');
  expect(logged).toContain('invitation_accepted');
  expect(logged).not.toContain(token.split('.')[1]);
  expect(logged).not.toContain(email);
});

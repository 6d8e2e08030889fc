import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, AuthApp } from '../auth/auth-app.fixture.js';
import { linkIn, MailApp } from '../mailed-tokens/mail-app.fixture.js';

const PASSWORD = 'a long enough password';

let server: MailApp;
let a: TestTenant;
let serial = 0;
beforeAll(async () => {
  server = await MailApp.start();
  ({ a } = await server.auth.twoTenants());
});
afterAll(() => server?.stop());

/** A registration that nothing is wrong with, from a network of its own. */
function input(changes: object = {}, owner: object = {}) {
  serial += 1;
  return {
    slug: `tenant-${serial}`,
    name: `Tenant ${serial}`,
    owner: { name: 'Olga', email: `olga-${serial}@example.test`, password: PASSWORD, ...owner },
    ...changes,
  };
}

async function register(payload: object, network = serial): Promise<Answer> {
  const answer = await server.auth.app.inject({
    method: 'POST',
    url: '/registrations',
    payload,
    remoteAddress: `198.51.${Math.trunc(network / 250)}.${network % 250}`,
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

const logIn = (tenant: string, email: string): Promise<Answer> =>
  server.auth.post('/auth/login', { tenant, email, password: PASSWORD });
const countTenants = (slug: string) =>
  server.auth.asAdmin('SELECT FROM ringfence.tenants WHERE slug = $1', [slug]);

describe('registering a tenant', () => {
  it('makes it with its first owner, who logs in at once and sees nobody else', async () => {
    const wish = input();
    const answer = await register(wish);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    expect(answer.body).toMatchObject({
      tenant: { slug: wish.slug, name: wish.name },
      owner: { email: wish.owner.email },
    });
    const session = await logIn(wish.slug, wish.owner.email);
    expect(session.status).toBe(200);
    const token = String(session.body.accessToken);
    const users = await server.auth.get('/users', token);
    expect(users.body.items).toMatchObject([{ email: wish.owner.email, role: 'owner' }]);
    expect((await logIn(a.slug, wish.owner.email)).status).toBe(401);
  });

  it('mails the owner a link, and lets them invite others when it was followed', async () => {
    const wish = input();
    await register(wish);
    const { host, kind, token } = linkIn(await server.lastMailTo(wish.owner.email));
    expect([host, kind]).toEqual([`${wish.slug}.ringfence.test`, 'email-verification']);
    const session = await logIn(wish.slug, wish.owner.email);
    const invite = () =>
      server.auth.post(
        '/invitations',
        { email: 'first-guest@example.test', role: 'admin' },
        { authorization: `Bearer ${session.body.accessToken}` },
      );
    expect((await invite()).body.code).toBe('EMAIL_UNVERIFIED');
    expect((await server.auth.post('/email-verifications/confirm', { token })).status).toBe(204);
    expect((await invite()).status).toBe(201);
    const invitation = await server.lastMailTo('first-guest@example.test');
    expect(invitation.text).toContain(wish.name);
  });

  it('under a name that is taken is refused, whoever has it, and of two at once one wins', async () => {
    const wish = input({ slug: a.slug });
    const taken = await register(wish);
    expect(taken).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } });
    expect(taken.body.errors).toMatchObject([{ pointer: '/slug' }]);
    expect(await server.mailsTo(wish.owner.email)).toHaveLength(0);

    const { slug } = input();
    const answers = await Promise.all([1, 2, 3].map(() => register(input({ slug }))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(await countTenants(slug)).toBe(1);
  });

  it('leaves nothing behind when the owner cannot be made', async () => {
    const wish = input();
    await server.auth.asAdmin(
      `ALTER TABLE users ADD CONSTRAINT no_olga CHECK (email <> '${wish.owner.email}') NOT VALID`,
    );
    expect((await register(wish)).status).toBeGreaterThanOrEqual(400);
    expect(await countTenants(wish.slug)).toBe(0);
    await server.auth.asAdmin('ALTER TABLE users DROP CONSTRAINT no_olga');
    expect((await register(wish)).status).toBe(201);
  });

  it.each([
    ['/slug', { slug: 'admin' }, {}],
    ['/slug', { slug: 'Acme' }, {}],
    ['/slug', { slug: 'аcme' }, {}],
    ['/name', { name: ' ' }, {}],
    ['/owner/password', {}, { password: 'short' }],
    ['/owner/password', {}, { password: 'ringfence-demo' }],
    ['/owner/email', {}, { email: 'nobody' }],
    ['/owner/role', {}, { role: 'owner' }],
    ['/state', { state: 'active' }, {}],
  ])('is refused with a wrong %s', async (pointer, changes, owner) => {
    const answer = await register(input(changes, owner));
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(answer.body.errors).toMatchObject([{ pointer }]);
  });

  it('is bounded for each network', async () => {
    const statuses: number[] = [];
    for (let times = 0; times < 21; times += 1) {
      statuses.push((await register(input({ slug: a.slug }), 7777)).status);
    }
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(409));
    expect(statuses[20]).toBe(429);
    expect((await register(input())).status).toBe(201);
  });
});

describe('ringfence.register_tenant', () => {
  const run = (tenant: TestTenant, slug: string) =>
    withTenant(tenant, () =>
      server.auth.prisma.$executeRawUnsafe('SELECT ringfence.register_tenant($1, $2)', slug, 'x'),
    ).then(
      () => 'done',
      (error: Error) =>
        /RF\d+|23505|42501/.exec(JSON.stringify(error) + error.message)?.[0] ?? String(error),
    );

  it('makes nothing for SQL inside a tenant, and does not tell it which names are taken', async () => {
    const free = input().slug;
    expect(await run(a, free)).toBe('RF004');
    expect(await run(a, a.slug)).toBe('RF004');
    expect(await countTenants(free)).toBe(0);
  });

  it('reads nobody’s name but one’s own', async () => {
    const { a: c, b: d } = await server.auth.twoTenants();
    const name = (tenant: TestTenant) =>
      withTenant(
        tenant,
        () => server.auth.prisma.$queryRaw`SELECT ringfence.current_tenant_name() AS name`,
      );
    expect(await name(c)).toEqual([{ name: 'Tenant A' }]);
    expect(await name(d)).toEqual([{ name: 'Tenant B' }]);
  });
});

it('is refused where it is closed', async () => {
  const closed = await AuthApp.start({ REGISTRATION: 'closed' });
  try {
    const wish = input();
    const answer = await closed.post('/registrations', wish);
    expect(answer).toMatchObject({ status: 403, body: { code: 'REGISTRATION_CLOSED' } });
    expect(await closed.asAdmin('SELECT FROM ringfence.tenants')).toBe(0);
  } finally {
    await closed.stop();
  }
});

import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, TestPerson } from '../auth/auth-app.fixture.js';
import { addressesOf, linkIn, MailApp } from '../mailed-tokens/mail-app.fixture.js';

const OLD = 'the old and long password';
const NEW = 'a new and longer password';

let server: MailApp;
let a: TestTenant;
let b: TestTenant;
beforeAll(async () => {
  server = await MailApp.start();
  ({ a, b } = await server.auth.twoTenants());
});
afterAll(() => server?.stop());

const person = (tenant: TestTenant, extras: { email?: string; password?: string } = {}) =>
  server.auth.addPerson(tenant, { password: OLD, ...extras });
const ask = (tenant: TestTenant | string, email: string): Promise<Answer> =>
  server.auth.post('/password-resets', {
    tenant: typeof tenant === 'string' ? tenant : tenant.slug,
    email,
  });
const confirm = (token: string, password = NEW, headers = {}): Promise<Answer> =>
  server.auth.post('/password-resets/confirm', { token, password }, headers);
const logIn = (tenant: TestTenant, email: string, password: string): Promise<Answer> =>
  server.auth.post('/auth/login', { tenant: tenant.slug, email, password });

/** Asks, and takes the token out of the mail. */
async function mailed(tenant: TestTenant, { email }: TestPerson): Promise<string> {
  expect((await ask(tenant, email)).status).toBe(202);
  return server.tokenFor(email);
}

function expectInvalid(answer: Answer): void {
  expect(answer).toMatchObject({ status: 401, body: { code: 'MAILED_TOKEN_INVALID' } });
}

describe('a password reset', () => {
  it('goes by mail to the tenant’s own host, sets the password, and logs nobody in', async () => {
    const ann = await person(a);
    const token = await mailed(a, ann);
    const mail = await server.lastMailTo(ann.email);
    expect(linkIn(mail)).toEqual({
      host: `${a.slug}.ringfence.test`,
      kind: 'password-reset',
      token,
    });
    expect(mail).toMatchObject({ secure: true, user: 'app' });
    expect(mail.text).toContain('Tenant A');
    expect((await logIn(a, ann.email, OLD)).status).toBe(200);

    const answer = await confirm(token);
    expect(answer).toMatchObject({ status: 204, body: {} });
    expect((await logIn(a, ann.email, NEW)).status).toBe(200);
    expect((await logIn(a, ann.email, OLD)).status).toBe(401);
    expect((await server.lastMailTo(ann.email)).subject).toContain('was changed');
  });

  it('works once; of two at the same moment one wins', async () => {
    const ann = await person(a);
    const token = await mailed(a, ann);
    const answers = await Promise.all([1, 2, 3, 4].map((n) => confirm(token, `${NEW} ${n}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401, 401]);
    expectInvalid(await confirm(token));
    const winner = answers.findIndex(({ status }) => status === 204) + 1;
    expect((await logIn(a, ann.email, `${NEW} ${winner}`)).status).toBe(200);
  });

  it('ends every session, and leaves those of others and of other tenants alone', async () => {
    const ann = await person(a);
    const other = await person(a);
    const twin = await person(b, { email: ann.email });
    const before = await server.auth.session(a, ann.email, OLD);
    const others = await server.auth.session(a, other.email, OLD);
    const twins = await server.auth.session(b, twin.email, OLD);
    const refresh = ({ refreshToken }: { refreshToken: string }) =>
      server.auth.post('/auth/refresh', { refreshToken });
    expect((await confirm(await mailed(a, ann))).status).toBe(204);
    expect((await refresh(before)).status).toBe(401);
    expect((await refresh(others)).status).toBe(200);
    expect((await refresh(twins)).status).toBe(200);
    expect((await logIn(b, twin.email, OLD)).status).toBe(200);
  });

  it('of one tenant does nothing in another, whatever stands in front of the secret', async () => {
    const ann = await person(a);
    const twin = await person(b, { email: ann.email });
    const token = await mailed(a, ann);
    const secret = token.split('.')[1];
    expectInvalid(await confirm(`${b.id}.${secret}`));
    expect((await logIn(b, twin.email, OLD)).status).toBe(200);
    expect((await confirm(token)).status).toBe(204);
    expect((await logIn(b, twin.email, OLD)).status).toBe(200);
  });

  it('does nothing on the host or under the name of another tenant, and is not used up there', async () => {
    const ann = await person(a);
    const token = await mailed(a, ann);
    for (const headers of addressesOf(b.slug)) {
      const { status, body } = await confirm(token, NEW, headers);
      expect([status, body.code]).toEqual([401, 'MAILED_TOKEN_INVALID']);
    }
    expect((await logIn(a, ann.email, OLD)).status).toBe(200);
    expect((await confirm(token, NEW, addressesOf(a.slug)[0])).status).toBe(204);
  });

  it('is void once another was asked for, or one was used', async () => {
    const ann = await person(a);
    const first = await mailed(a, ann);
    const second = await mailed(a, ann);
    expect(second).not.toBe(first);
    expectInvalid(await confirm(first));
    expect((await confirm(second)).status).toBe(204);
  });

  it('is void once the address is another, and once it has expired', async () => {
    const ann = await person(a);
    const moved = await mailed(a, ann);
    await withTenant(a, () =>
      server.auth.prisma.user.update({
        where: { id: ann.id },
        data: { email: `new-${ann.email}` },
        select: { id: true },
      }),
    );
    expectInvalid(await confirm(moved));

    const bob = await person(a);
    const late = await mailed(a, bob);
    const sql = `UPDATE mailed_tokens SET expires_at = now() - interval '1 second' WHERE user_id = $1`;
    expect(await server.auth.asAdmin(sql, [bob.id])).toBe(1);
    expectInvalid(await confirm(late));
  });

  it('of a suspended tenant is not mailed, and says so to the holder of a good token only', async () => {
    const { a: c } = await server.auth.twoTenants();
    const ann = await person(c);
    const token = await mailed(c, ann);
    const sql = `UPDATE ringfence.tenants SET state = $2 WHERE id = $1`;
    await server.auth.asAdmin(sql, [c.id, 'suspended']);
    const sent = (await server.mailsTo(ann.email)).length;
    expect((await ask(c, ann.email)).status).toBe(202);
    expect(await server.mailsTo(ann.email)).toHaveLength(sent);
    expect((await confirm(token)).body.code).toBe('TENANT_SUSPENDED');
    expectInvalid(await confirm(`${c.id}.${'a'.repeat(43)}`));
    await server.auth.asAdmin(sql, [c.id, 'active']);
    expect((await confirm(token)).status).toBe(204);
  });

  it('refuses a password that anybody could guess, and the link stays good', async () => {
    const ann = await person(a);
    const token = await mailed(a, ann);
    const weak = await confirm(token, 'short');
    expect(weak).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(weak.body.errors).toMatchObject([{ pointer: '/password' }]);
    expect((await confirm(token)).status).toBe(204);
  });

  it('verifies the address, forgets known devices, and keeps second factor and API keys', async () => {
    const ann = await person(a);
    const { prisma } = server.auth;
    const expiresAt = new Date(Date.now() + 86_400_000);
    const hash = () => new Uint8Array(32).map(() => Math.random() * 256);
    await withTenant(a, async () => {
      const select = { id: true };
      await prisma.secondFactor.create({
        data: { userId: ann.id, sealedSecret: hash(), confirmedAt: new Date() },
        select,
      });
      await prisma.knownDevice.create({
        data: { userId: ann.id, deviceHash: hash(), expiresAt },
        select,
      });
      await prisma.apiKey.create({
        data: {
          name: 'k',
          prefix: 'k',
          secretHash: hash(),
          permissions: [],
          createdBy: ann.id,
        },
        select,
      });
    });
    expect((await confirm(await mailed(a, ann))).status).toBe(204);
    const where = { userId: ann.id };
    const left = await withTenant(a, async () => [
      await prisma.secondFactor.count({ where }),
      await prisma.knownDevice.count({ where }),
      await prisma.apiKey.count({ where: { createdBy: ann.id, revokedAt: null } }),
      await prisma.user.count({ where: { id: ann.id, emailVerifiedAt: { not: null } } }),
    ]);
    expect(left).toEqual([1, 0, 1, 1]);
    expect((await server.lastMailTo(ann.email)).text).toContain('One API key');
  });
});

describe('asking for a password reset', () => {
  it('is answered the same for everybody, and mails only who is there', async () => {
    const ann = await person(a);
    const answers = [
      await ask(a, ann.email),
      await ask(a, 'nobody@example.test'),
      await ask('no-such-tenant', ann.email),
      await ask(b, ann.email),
      await ask('"; DROP TABLE users', "' OR 1=1 --"),
    ];
    const shape = ({ status, headers, body }: Answer) => {
      const { date: _, 'x-request-id': __, ...rest } = headers;
      return { status, headers: rest, body };
    };
    for (const answer of answers) expect(shape(answer)).toEqual(shape(answers[0] as Answer));
    expect(answers[0]).toMatchObject({ status: 202, body: {} });
    expect(await server.mailsTo(ann.email)).toHaveLength(1);
    expect(await server.mailsTo('nobody@example.test')).toHaveLength(0);
  });

  it('at an address that names another tenant mails nobody; at the tenant’s own, it needs no name', async () => {
    const ann = await person(a);
    for (const headers of addressesOf(b.slug)) {
      const body = { tenant: a.slug, email: ann.email };
      const answer = await server.auth.post('/password-resets', body, headers);
      expect([202, 403]).toContain(answer.status);
    }
    expect(await server.mailsTo(ann.email)).toHaveLength(0);
    const own = await server.auth.post(
      '/password-resets',
      { email: ann.email },
      { host: `${a.slug}.localhost` },
    );
    expect(own.status).toBe(202);
    expect(await server.mailsTo(ann.email)).toHaveLength(1);
  });

  it('reads nothing of the tenant before it is answered', async () => {
    const ann = await person(a);
    const admin = `LOCK TABLE users, mailed_tokens IN ACCESS EXCLUSIVE MODE`;
    const release = await server.auth.holdAsAdmin(admin);
    try {
      expect((await ask(a, ann.email)).status).toBe(202);
    } finally {
      await release();
    }
    expect(await server.mailsTo(ann.email)).toHaveLength(1);
  });

  it('fills nobody’s mailbox, and always leaves a link that works', async () => {
    const ann = await person(a);
    const asked = await Promise.all(Array.from({ length: 12 }, () => ask(a, ann.email)));
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await server.mailsTo(ann.email)).toHaveLength(3);
    const tokens = (await server.mailsTo(ann.email)).map((mail) => linkIn(mail).token);
    const good = await Promise.all(tokens.map((token) => confirm(token)));
    expect(good.map(({ status }) => status).sort()).toEqual([204, 401, 401]);
  });

  it('is bounded for each network, without a word about accounts', async () => {
    let refused: Answer | undefined;
    for (let times = 0; times < 80 && !refused; times += 1) {
      const answer = await server.auth.app.inject({
        method: 'POST',
        url: '/password-resets',
        payload: { tenant: 'no-such-tenant', email: `${times}@example.test` },
        remoteAddress: `2001:db8::${times.toString(16)}`,
      });
      if (answer.statusCode === 429) {
        refused = { status: 429, headers: answer.headers, body: answer.json() };
      }
    }
    expect(refused?.body.code).toBe('RATE_LIMITED');
    expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask(a, 'nobody@example.test')).status).toBe(202);
  });
});

it('leaves neither tokens nor addresses in the log', async () => {
  const ann = await person(a);
  const token = await mailed(a, ann);
  await confirm(token);
  await confirm(token);
  const logged = server.auth.log.join('');
  expect(logged).toContain('password_reset');
  expect(logged).toContain(ann.id);
  expect(logged).not.toContain(token.split('.')[1]);
  expect(logged).not.toContain(ann.email);
  expect(logged).not.toMatch(/hunter2/);
});

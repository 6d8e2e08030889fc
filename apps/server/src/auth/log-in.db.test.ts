import * as argon2 from '@node-rs/argon2';
import pg from 'pg';
import {
  COUNT_ACCESS_STATEMENT,
  FIND_TENANT_STATEMENT,
  RAISE_ALERT_STATEMENT,
  TAKE_ALERTS_STATEMENT,
} from 'ringfence/sql';
import type { TestTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, AuthApp } from './auth-app.fixture.js';
import { DEMO_PASSWORD } from './password.js';

const gauge = vi.hoisted(() => ({ running: 0, peak: 0 }));

// The real thing, counted.
vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<typeof argon2>();
  const verify: typeof argon2.verify = async (...args) => {
    gauge.running += 1;
    gauge.peak = Math.max(gauge.peak, gauge.running);
    return real.verify(...args).finally(() => {
      gauge.running -= 1;
    });
  };
  return { ...real, verify: vi.fn(verify) };
});

const EMAIL = 'sam@example.test';
const PASSWORD = 'correct horse battery';

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

const logIn = (tenant: string, email: string, password: string, app = auth): Promise<Answer> =>
  app.post('/auth/login', { tenant, email, password });

const suspend = (tenant: TestTenant, state = 'suspended'): Promise<number> =>
  auth.asAdmin('UPDATE ringfence.tenants SET state = $2 WHERE id = $1', [tenant.id, state]);

/** What was counted is sent every two seconds, and may raise an alert, whoever asks for what meanwhile. */
const BACKGROUND: ReadonlySet<string> = new Set([
  COUNT_ACCESS_STATEMENT,
  RAISE_ALERT_STATEMENT,
  TAKE_ALERTS_STATEMENT,
]);

/** What a log-in answers and what it costs: the statements that it sends, and its verifications. */
async function priced(work: () => Promise<Answer>) {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  vi.mocked(argon2.verify).mockClear();
  try {
    const { status, headers, body } = await work();
    const { requestId: _, ...said } = body;
    const { date: __, 'x-request-id': ___, ...shown } = headers;
    const sent = query.mock.calls.map(([statement]) => {
      const given: unknown = statement;
      return typeof given === 'string' ? given : (given as { text: string }).text;
    });
    const statements = sent.filter((text) => !BACKGROUND.has(text));
    return {
      answer: { status, body: said, headers: shown },
      cost: { statements, verifications: vi.mocked(argon2.verify).mock.calls.length },
    };
  } finally {
    query.mockRestore();
  }
}

describe('POST /auth/login', () => {
  it('logs one person in to two tenants with two passwords, and never across', async () => {
    const inA = await auth.addPerson(a, { email: EMAIL, password: 'of a', role: 'viewer' });
    const inB = await auth.addPerson(b, { email: EMAIL, password: 'of b', role: 'admin' });
    for (const [tenant, { id }, password, role] of [
      [a, inA, 'of a', 'viewer'],
      [b, inB, 'of b', 'admin'],
    ] as const) {
      const session = await auth.session(tenant, EMAIL, password);
      const me = await auth.get('/auth/me', session.accessToken);
      expect(me.body).toEqual({ id, email: EMAIL, name: 'A Person', role, tenant });
    }
    for (const answer of [await logIn(a.slug, EMAIL, 'of b'), await logIn(b.slug, EMAIL, 'of a')]) {
      expect(answer).toMatchObject({ status: 401, body: { code: 'CREDENTIALS_INVALID' } });
    }
  });

  it('answers the tokens of a session, for no cache', async () => {
    await auth.addPerson(a, { email: EMAIL, password: PASSWORD });
    const answer = await logIn(a.slug, EMAIL, PASSWORD);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.stringMatching(new RegExp(`^${a.id}\\.[\\w-]{43}\\.[\\w-]{43}$`)),
      tokenType: 'Bearer',
      expiresIn: 900,
      deviceToken: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it('takes names and e-mail addresses in upper case too, and no blanks', async () => {
    await auth.addPerson(a, { email: EMAIL, password: PASSWORD });
    expect((await logIn(a.slug.toUpperCase(), EMAIL.toUpperCase(), PASSWORD)).status).toBe(200);
    expect((await logIn(a.slug, ` ${EMAIL}`, PASSWORD)).status).toBe(401);
    expect((await logIn(a.slug, EMAIL, `${PASSWORD} `)).status).toBe(401);
  });

  it.each([
    ['a NUL in the tenant', { tenant: 'a\0' }, '/tenant'],
    ['a NUL in the address', { email: 'sam@example.test\0' }, '/email'],
    ['a NUL in the password', { password: 'secret\0' }, '/password'],
    ['half a surrogate pair', { password: 'secret\ud800' }, '/password'],
    ['a password of 10 KB', { password: 'x'.repeat(10_240) }, '/password'],
    ['an empty password', { password: '' }, '/password'],
    ['a list', { email: ['sam@example.test'] }, '/email'],
    ['an operator', { email: { contains: '@' } }, '/email'],
    ['no tenant', { tenant: undefined }, '/tenant'],
    ['another field', { tenantId: '8c5f4d0e-9b1a-4f66-9a63-0d5bb5f0a001' }, '/tenantId'],
  ])('names %s', async (_, change, pointer) => {
    const payload = { tenant: a.slug, email: EMAIL, password: PASSWORD, ...change };
    const answer = await auth.post('/auth/login', payload);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(answer.body.errors).toEqual([expect.objectContaining({ pointer })]);
  });

  it.each([["' OR 1=1 --"], ['%'], ['sam@example.tes_'], ['sam@example.test\u2028'], ['\u0130']])(
    'finds nobody as %j',
    async (email) => {
      await auth.addPerson(a, { email: EMAIL, password: PASSWORD });
      expect((await logIn(a.slug, email, PASSWORD)).status).toBe(401);
      expect((await logIn(email, EMAIL, PASSWORD)).status).toBe(401);
    },
  );

  it('queues a storm: all are answered, few at a time, and others go past it', async () => {
    await auth.addPerson(a, { email: EMAIL, password: PASSWORD });
    const { accessToken } = await auth.session(a, EMAIL, PASSWORD);
    // Several people: one alone has ten tries at once.
    const crowd = await Promise.all(
      Array.from({ length: 8 }, () => auth.addPerson(a, { password: PASSWORD })),
    );
    const answered: number[] = [];
    gauge.peak = 0;
    const storm = Array.from({ length: 40 }, async (_, at) => {
      const { email } = crowd[at % crowd.length] ?? { email: EMAIL };
      const { status } = await logIn(a.slug, email, at % 2 === 0 ? PASSWORD : 'wrong');
      answered.push(status);
      return status;
    });
    expect((await auth.get('/auth/me', accessToken)).status).toBe(200);
    expect(answered.length).toBeLessThan(40);
    const statuses = await Promise.all(storm);
    expect(statuses).toEqual(statuses.map((_, at) => (at % 2 === 0 ? 200 : 401)));
    expect(gauge.peak).toBe(2);
  });
});

describe('whoever must not get in', () => {
  it('gets one answer for one price, whatever is wrong', async () => {
    await auth.addPerson(a, { email: EMAIL, password: PASSWORD });
    await auth.addPerson(a, { email: 'invited@example.test' });
    const { a: suspended } = await auth.twoTenants();
    await auth.addPerson(suspended, { email: EMAIL, password: PASSWORD });
    expect((await logIn(a.slug, EMAIL, PASSWORD)).status).toBe(200);
    await suspend(suspended);

    const wrongPassword = await priced(() => logIn(a.slug, EMAIL, 'wrong'));
    expect(wrongPassword.answer).toMatchObject({
      status: 401,
      body: { code: 'CREDENTIALS_INVALID' },
      headers: { 'cache-control': 'no-store' },
    });
    expect(wrongPassword.cost.verifications).toBe(1);
    expect(wrongPassword.cost.statements).toEqual([
      FIND_TENANT_STATEMENT,
      expect.stringContaining('public.known_devices'),
      expect.stringContaining('INSERT INTO public.failed_log_ins'),
      expect.stringContaining('INSERT INTO public.failed_log_ins'),
      expect.stringContaining('"public"."users"'),
    ]);
    for (const [tenant, email, password] of [
      ['no-such-tenant', EMAIL, PASSWORD],
      [b.slug, EMAIL, PASSWORD],
      [a.slug, 'nobody@example.test', PASSWORD],
      [a.slug, 'invited@example.test', PASSWORD],
      [suspended.slug, EMAIL, 'wrong'],
      [suspended.slug, 'nobody@example.test', PASSWORD],
    ] as const) {
      expect(await priced(() => logIn(tenant, email, password))).toEqual(wrongPassword);
    }
  });

  it.each([
    ['suspended', 403, 'TENANT_SUSPENDED'],
    ['deleting', 410, 'TENANT_DELETING'],
  ])('is told that a tenant is %s only with the right password', async (state, status, code) => {
    await auth.addPerson(b, { email: EMAIL, password: PASSWORD });
    expect((await logIn(b.slug, EMAIL, PASSWORD)).status).toBe(200);
    await suspend(b, state);
    const right = await logIn(b.slug, EMAIL, PASSWORD);
    expect(right).toMatchObject({ status, body: { code } });
    expect(right.body).not.toHaveProperty('accessToken');
    expect(await logIn(b.slug, EMAIL, 'wrong')).toMatchObject({ status: 401 });
  });
});

describe('the address of a log-in', () => {
  const body = { email: EMAIL, password: PASSWORD };
  beforeEach(async () => {
    await auth.addPerson(a, { email: EMAIL, password: PASSWORD });
  });

  it('names the tenant as well as the body does', async () => {
    const said: [string, Record<string, string>, object][] = [
      ['/auth/login', { host: `${a.slug}.localhost` }, body],
      ['/auth/login', { 'x-tenant': a.id }, body],
      [`/t/${a.slug}/auth/login`, {}, body],
      [`/t/${a.slug}/auth/login`, { host: `${a.slug}.localhost:3000` }, { ...body, tenant: a.id }],
    ];
    for (const [url, headers, input] of said) {
      const answer = await auth.post(url, input, headers);
      expect(answer.status).toBe(200);
      const me = await auth.get('/auth/me', String(answer.body.accessToken));
      expect(me.body).toMatchObject({ tenant: { id: a.id } });
    }
    expect(await auth.post('/auth/login', body)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/tenant' }] },
    });
  });

  it('refuses the right password for another tenant in the body', async () => {
    await auth.addPerson(b, { email: EMAIL, password: PASSWORD });
    const headers = { host: `${a.slug}.localhost` };
    for (const tenant of [b.slug, 'nobody']) {
      const answer = await auth.post('/auth/login', { ...body, tenant }, headers);
      expect(answer).toMatchObject({ status: 403, body: { code: 'TENANT_SOURCES_DISAGREE' } });
    }
    // By id only the directory can tell, and then strangers are not told.
    const byId = await priced(() => auth.post('/auth/login', { ...body, tenant: b.id }, headers));
    const nobody = 'e1f0c9b4-30b0-4c11-9ad5-f6a1a52d5a01';
    const absent = await priced(() =>
      auth.post('/auth/login', { ...body, tenant: nobody }, headers),
    );
    expect(byId.answer).toMatchObject({ status: 401, body: { code: 'CREDENTIALS_INVALID' } });
    expect(byId).toEqual(absent);
  });

  it("uses no refresh token that was sent to another tenant's", async () => {
    const { refreshToken } = await auth.session(a, EMAIL, PASSWORD);
    const refresh = (headers: Record<string, string>, url = '/auth/refresh') =>
      auth.post(url, { refreshToken }, headers);
    for (const answer of [
      await refresh({ host: `${b.slug}.localhost` }),
      await refresh({ 'x-tenant': b.slug }),
      await refresh({}, `/t/${b.slug}/auth/refresh`),
    ]) {
      expect(answer).toMatchObject({ status: 401, body: { code: 'REFRESH_TOKEN_INVALID' } });
    }
    expect((await refresh({ 'x-tenant': b.id })).status).toBe(403);
    // It is as good as before.
    expect((await refresh({ host: `${a.slug}.localhost` })).status).toBe(200);
  });
});

describe('the published password', () => {
  it('opens the demo and no production server, for the price of a wrong one', async () => {
    const production = await AuthApp.start({
      RINGFENCE_MODE: 'production',
      SMTP_URL: 'smtp://127.0.0.1:1',
      MAIL_FROM: 'no-reply@example.test',
      PUBLIC_URL: 'https://example.test',
    });
    try {
      for (const [app, status] of [
        [auth, 200],
        [production, 401],
      ] as const) {
        const { a: tenant } = await app.twoTenants();
        await app.addPerson(tenant, { email: EMAIL, password: DEMO_PASSWORD });
        const published = await priced(() => logIn(tenant.slug, EMAIL, DEMO_PASSWORD, app));
        expect(published.answer.status).toBe(status);
        if (status === 200) continue;
        expect(published).toEqual(await priced(() => logIn(tenant.slug, EMAIL, 'wrong', app)));
        const fullWidth = `\uff52${DEMO_PASSWORD.slice(1)}`;
        expect((await logIn(tenant.slug, EMAIL, fullWidth, app)).status).toBe(401);
      }
    } finally {
      await production.stop();
    }
  });
});

describe('the log', () => {
  it('holds nothing that anybody typed or was given', async () => {
    const email = 'very.private@example.test';
    const { id } = await auth.addPerson(a, { email, password: PASSWORD });
    auth.log.length = 0;
    const session = await auth.session(a, email, PASSWORD);
    await auth.post('/auth/refresh', { refreshToken: session.refreshToken });
    await auth.post('/auth/refresh', { refreshToken: session.refreshToken });
    await auth.post('/auth/login', { tenant: a.slug, email, password: 'a secret typo' });
    await auth.post('/auth/login', { tenant: a.slug, email, password: ['a secret list'] });
    await auth.post('/auth/logout', { refreshToken: session.refreshToken });
    await auth.get('/auth/me', session.accessToken);
    await auth.get('/auth/me', `${session.accessToken}x`);
    const log = auth.log.join('');
    expect(log).toContain('"route":"/auth/login"');
    const lines = auth.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'log_in_refused', tenantId: a.id, userId: id }),
    );
    const secret = session.refreshToken.split('.')[1] ?? '';
    for (const known of [
      email,
      'very.private',
      PASSWORD,
      'a secret',
      session.accessToken,
      secret,
    ]) {
      expect(log).not.toContain(known);
    }
  });
});

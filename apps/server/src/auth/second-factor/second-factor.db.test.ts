import { generateSync } from 'otplib';
import { runInTenant } from 'ringfence/context';
import { type TestTenant, withTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, AuthApp, type TestPerson } from '../auth-app.fixture.js';
import type { SessionView } from '../auth-schemas.js';

const PASSWORD = 'correct horse battery';
const REQUIRED = { status: 401, body: { code: 'SECOND_FACTOR_REQUIRED' } };
const WRONG = { status: 403, body: { code: 'SECOND_FACTOR_WRONG' } };

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

const bearer = ({ accessToken }: SessionView) => ({ authorization: `Bearer ${accessToken}` });
const send = (method: 'POST' | 'DELETE', url: string, payload: object, by = session) =>
  auth.send(method, url, payload, bearer(by));
const logIn = (code?: string, rest: object = {}): Promise<Answer> =>
  auth.post('/auth/login', {
    tenant: a.slug,
    email: person.email,
    password: PASSWORD,
    code,
    ...rest,
  });

/** A code of the app, so many steps from now. */
const codeOf = (secret: string, steps = 0): string =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps });

async function enrol(by = session): Promise<string> {
  const { status, body } = await send('POST', '/auth/second-factor', { password: PASSWORD }, by);
  expect(status).toBe(201);
  return String(body.secret);
}

async function turnOn(by = session) {
  const secret = await enrol(by);
  const code = codeOf(secret, -1);
  const { status, body } = await send('POST', '/auth/second-factor/confirm', { code }, by);
  expect(status).toBe(200);
  return { secret, recoveryCodes: body.recoveryCodes as string[] };
}

describe('a second factor', () => {
  it('is begun with the password, and counts when a code has confirmed it', async () => {
    const refused = await send('POST', '/auth/second-factor', { password: 'wrong' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'PASSWORD_WRONG' } });
    const first = await enrol();
    const secret = await enrol();
    expect((await logIn()).status).toBe(200);
    const confirm = (code: string) => send('POST', '/auth/second-factor/confirm', { code });
    expect(await confirm(codeOf(first))).toMatchObject(WRONG);
    expect(await confirm('000000')).toMatchObject(WRONG);
    const { status, body } = await confirm(codeOf(secret));
    expect(status).toBe(200);
    expect(new Set(body.recoveryCodes as string[]).size).toBe(10);
    expect(await logIn()).toMatchObject(REQUIRED);
    expect(await send('POST', '/auth/second-factor', { password: PASSWORD })).toMatchObject({
      status: 409,
    });
  });

  it('is shown as an address that apps read', async () => {
    const { body } = await send('POST', '/auth/second-factor', { password: PASSWORD });
    const uri = new URL(String(body.uri));
    expect(uri.protocol).toBe('otpauth:');
    expect(uri.searchParams.get('secret')).toBe(body.secret);
    expect(decodeURIComponent(uri.pathname)).toContain(person.email);
  });

  it('ends the sessions that were begun without it', async () => {
    const other = await auth.session(a, person.email, PASSWORD);
    await turnOn();
    expect((await auth.post('/auth/refresh', { refreshToken: other.refreshToken })).status).toBe(
      401,
    );
    expect((await auth.post('/auth/refresh', { refreshToken: session.refreshToken })).status).toBe(
      200,
    );
  });

  it('is asked for after the right password only, and each code is good once', async () => {
    const { secret } = await turnOn();
    expect(await logIn(codeOf(secret), { password: 'wrong' })).toMatchObject({
      status: 401,
      body: { code: 'CREDENTIALS_INVALID' },
    });
    expect(await logIn(undefined, { password: 'wrong' })).toMatchObject({
      body: { code: 'CREDENTIALS_INVALID' },
    });
    expect(await logIn()).toMatchObject(REQUIRED);
    expect(await logIn(codeOf(secret, -4))).toMatchObject(WRONG);
    expect(await logIn(codeOf(secret, 4))).toMatchObject(WRONG);
    // The one that confirmed it.
    expect(await logIn(codeOf(secret, -1))).toMatchObject(WRONG);
    const code = codeOf(secret, 1);
    const answers = await Promise.all([logIn(code), logIn(code), logIn(code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    // A step back is used up with the one after it.
    expect((await logIn(codeOf(secret))).status).not.toBe(200);
  });

  it('is not asked for by a refresh', async () => {
    await turnOn();
    const { refreshToken } = session;
    expect((await auth.post('/auth/refresh', { refreshToken })).status).toBe(200);
  });

  it('is not guessed: a few codes, and then a wait, however they come', async () => {
    const { secret } = await turnOn();
    const answers = await Promise.all(Array.from({ length: 9 }, () => logIn('000000')));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array<number>(5).fill(403),
      ...Array<number>(4).fill(429),
    ]);
    expect(await logIn(codeOf(secret, 1))).toMatchObject({ status: 429 });
  });

  it('stands in the database sealed, for its owner alone', async () => {
    const { secret } = await turnOn();
    const [row] = await withTenant(a, () =>
      auth.prisma.secondFactor.findMany({ select: { sealedSecret: true, lastStep: true } }),
    );
    const sealed = Buffer.from(row?.sealedSecret ?? []);
    expect(sealed.length).toBeGreaterThan(40);
    expect(sealed.includes(secret)).toBe(false);
    // SQL of the application copies it to a colleague: that opens nothing.
    const colleague = await auth.addPerson(a, { password: PASSWORD });
    await runInTenant(a.id, () =>
      auth.prisma.secondFactor.create({
        data: {
          userId: colleague.id,
          sealedSecret: new Uint8Array(sealed),
          confirmedAt: new Date(),
        },
      }),
    );
    expect(await logIn(codeOf(secret, 1), { email: colleague.email })).toMatchObject(WRONG);
    expect((await logIn(codeOf(secret, 1))).status).toBe(200);
  });
});

describe('recovery codes', () => {
  it('are good once each, however they are typed, and for their owner', async () => {
    const { recoveryCodes } = await turnOn();
    const [one = '', two = '', three = ''] = recoveryCodes;
    expect(one).toMatch(/^([0-9a-z]{4}-){5}[0-9a-z]{4}$/);
    const answers = await Promise.all([logIn(one), logIn(one), logIn(one)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    expect((await logIn(two.toUpperCase().replaceAll('-', ' '))).status).toBe(200);
    const colleague = await auth.addPerson(a, { password: PASSWORD });
    await turnOn(await auth.session(a, colleague.email, PASSWORD));
    expect(await logIn(three, { email: colleague.email })).toMatchObject(WRONG);
    const stored = await auth.asAdmin(
      `SELECT FROM recovery_codes WHERE tenant_id = $1 AND recovery_codes::text LIKE $2`,
      [a.id, `%${three}%`],
    );
    expect(stored).toBe(0);
  });

  it('are made anew with password and code, and then those from before are gone', async () => {
    const { secret, recoveryCodes } = await turnOn();
    const url = '/auth/second-factor/recovery-codes';
    expect(await send('POST', url, { password: PASSWORD, code: '000000' })).toMatchObject(WRONG);
    const { body } = await send('POST', url, { password: PASSWORD, code: codeOf(secret) });
    expect(await logIn(recoveryCodes[5])).toMatchObject(WRONG);
    expect((await logIn((body.recoveryCodes as string[])[5])).status).toBe(200);
  });
});

describe('without a second factor', () => {
  it('is an account again, with password and code', async () => {
    const { secret } = await turnOn();
    const url = '/auth/second-factor';
    const right = { password: PASSWORD, code: codeOf(secret) };
    expect(await send('DELETE', url, { ...right, password: 'wrong' })).toMatchObject({
      status: 403,
    });
    expect(await send('DELETE', url, { ...right, code: '123456' })).toMatchObject(WRONG);
    expect(await logIn()).toMatchObject(REQUIRED);
    expect((await send('DELETE', url, right)).status).toBe(204);
    expect((await logIn()).status).toBe(200);
  });

  it('is a member who lost it, when an admin resets it; an owner needs an owner', async () => {
    await turnOn();
    const admin = await auth.addPerson(a, { password: PASSWORD, role: 'admin' });
    const owner = await auth.addPerson(a, { password: PASSWORD, role: 'owner' });
    const stranger = await auth.addPerson(b, { password: PASSWORD, role: 'owner' });
    const ownersSession = await auth.session(a, owner.email, PASSWORD);
    await turnOn(ownersSession);
    const asAdmin = await auth.session(a, admin.email, PASSWORD);
    const asStranger = await auth.session(b, stranger.email, PASSWORD);
    const reset = (id: string, by: SessionView) =>
      auth.delete(`/users/${id}/second-factor`, by.accessToken);
    expect((await reset(person.id, session)).status).toBe(403);
    expect((await reset(person.id, asStranger)).status).toBe(404);
    expect((await reset(owner.id, asAdmin)).status).toBe(403);
    expect(await logIn()).toMatchObject(REQUIRED);
    expect((await reset(person.id, asAdmin)).status).toBe(204);
    expect((await logIn()).status).toBe(200);
    const { refreshToken } = session;
    expect((await auth.post('/auth/refresh', { refreshToken })).status).toBe(401);
    expect((await reset(person.id, asAdmin)).status).toBe(404);
  });
});

it('leaves no secret and no code in the log', async () => {
  auth.log.length = 0;
  const { secret, recoveryCodes } = await turnOn();
  await logIn(recoveryCodes[0]);
  await logIn('314159');
  const log = auth.log.join('');
  expect(log).toContain('second_factor_refused');
  for (const known of [secret, ...recoveryCodes, '314159', PASSWORD]) {
    expect(log).not.toContain(known);
  }
});

import type { TestTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAILER } from '../../mail/index.js';
import type { MailQueue } from '../../mail/mail-queue.js';
import { AuthApp, type TestPerson } from '../auth-app.fixture.js';
import type { SessionView } from '../auth-schemas.js';

const OLD = 'correct horse battery';
const NEW = 'another phrase of four words';

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
  person = await auth.addPerson(a, { password: OLD });
  await auth.addPerson(b, { email: person.email, password: OLD });
  session = await auth.session(a, person.email, OLD);
});

const change = (currentPassword: string, newPassword: string, by = session) =>
  auth.send(
    'PUT',
    '/auth/password',
    { currentPassword, newPassword },
    { authorization: `Bearer ${by.accessToken}` },
  );
const refresh = ({ refreshToken }: SessionView) => auth.post('/auth/refresh', { refreshToken });
const logIn = (password: string, tenant = a, rest: object = {}) =>
  auth.post('/auth/login', { tenant: tenant.slug, email: person.email, password, ...rest });

describe('PUT /auth/password', () => {
  it('changes it here, ends every other session here, and touches no other tenant', async () => {
    const other = await auth.session(a, person.email, OLD);
    const inB = await auth.session(b, person.email, OLD);
    expect((await change(OLD, NEW)).status).toBe(204);
    expect((await logIn(OLD)).status).toBe(401);
    expect((await logIn(NEW)).status).toBe(200);
    expect((await logIn(OLD, b)).status).toBe(200);
    expect((await refresh(other)).status).toBe(401);
    expect((await refresh(session)).status).toBe(200);
    expect((await refresh(inB)).status).toBe(200);
  });

  it('makes every device a stranger again', async () => {
    const { deviceToken } = (await logIn(OLD)).body as { deviceToken: string };
    expect((await logIn(OLD, a, { deviceToken })).body).not.toHaveProperty('deviceToken');
    await change(OLD, NEW);
    expect((await logIn(NEW, a, { deviceToken })).body).toHaveProperty('deviceToken');
  });

  it('voids the links that were mailed while the old one was good, and no other tenant’s', async () => {
    const bearer = { authorization: `Bearer ${session.accessToken}` };
    const wanted = { email: 'thief@example.test', password: OLD };
    expect((await auth.send('POST', '/email-verifications', wanted, bearer)).status).toBe(202);
    const open = () =>
      auth.asAdmin('SELECT FROM mailed_tokens WHERE tenant_id = $1 AND used_at IS NULL', [a.id]);
    expect(await open()).toBe(1);
    expect((await change(OLD, NEW)).status).toBe(204);
    expect(await open()).toBe(0);
  });

  it('needs the current password, and slows guessing it', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => change('wrong', NEW)));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array<number>(10).fill(403),
      429,
      429,
    ]);
    expect((await logIn(OLD)).status).toBe(200);
  });

  it('holds the new one to the rules', async () => {
    for (const weak of ['short', 'sunshine2024', `${a.slug}-2026`]) {
      expect(await change(OLD, weak)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED', errors: [{ pointer: '/newPassword' }] },
      });
    }
    expect((await logIn(OLD)).status).toBe(200);
  });

  it('lets one of two changes at once win', async () => {
    const answers = await Promise.all([change(OLD, `${NEW} 1`), change(OLD, `${NEW} 2`)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
  });

  it('tells the person by mail, and the log nothing', async () => {
    auth.log.length = 0;
    await change(OLD, NEW);
    const log = auth.log.join('');
    expect(log).not.toContain(NEW);
    expect(log).not.toContain(OLD);
    const outbox = await auth.app.inject({ url: '/dev/outbox', headers: { host: 'localhost' } });
    expect(outbox.body).toContain(person.email);
    expect(outbox.body).toContain('Your password was changed');
  });

  it('changes it however often, and tells of it five times an hour', async () => {
    auth.log.length = 0;
    const passwords = Array.from({ length: 8 }, (_, n) => `${NEW} ${n}`);
    let current = OLD;
    for (const next of passwords) {
      expect((await change(current, next)).status).toBe(204);
      current = next;
    }
    expect((await logIn(current)).status).toBe(200);
    const sent = (): number => auth.log.filter((line) => line.includes('"mail_sent"')).length;
    await auth.app.get<MailQueue>(MAILER, { strict: false }).settled();
    expect(sent()).toBe(5);
    expect(auth.log.join('')).toContain(`"tenantId":"${a.id}"`);
    const inB = await auth.session(b, person.email, OLD);
    expect((await change(OLD, NEW, inB)).status).toBe(204);
    await auth.app.get<MailQueue>(MAILER, { strict: false }).settled();
    expect(sent()).toBe(6);
  });
});

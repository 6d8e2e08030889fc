import type { TestTenant } from 'ringfence/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, AuthApp, type TestPerson } from '../auth-app.fixture.js';

const PASSWORD = 'correct horse battery';
const HOME = '203.0.113.9';
const SLOW = { status: 429, body: { code: 'LOG_IN_THROTTLED' } };

let auth: AuthApp;
let a: TestTenant;
let b: TestTenant;
let person: TestPerson;

beforeAll(async () => {
  auth = await AuthApp.start({ TRUSTED_PROXIES: '127.0.0.0/8' });
});
afterAll(() => auth.stop());
beforeEach(async () => {
  ({ a, b } = await auth.twoTenants());
  person = await auth.addPerson(a, { password: PASSWORD });
});

let network = 0;
/** A network that nobody has asked from. */
const elsewhere = (): string => {
  network += 1;
  return `2001:db8:${network.toString(16)}::1`;
};

interface Try {
  readonly from?: string;
  readonly tenant?: string;
  readonly email?: string;
  readonly deviceToken?: string;
}

const logIn = (password: string, { from = HOME, ...rest }: Try = {}): Promise<Answer> =>
  auth.post(
    '/auth/login',
    { tenant: a.slug, email: person.email, password, ...rest },
    { 'x-forwarded-for': from },
  );

const statuses = async (count: number, what: () => Promise<Answer>): Promise<number[]> =>
  (await Promise.all(Array.from({ length: count }, what))).map(({ status }) => status).sort();

/** Lets the waits of a tenant be over, as if time had passed. */
const wait = (tenant = a) =>
  auth.asAdmin(
    `UPDATE failed_log_ins SET blocked_until = now() - interval '1 s'
     WHERE tenant_id = $1 AND blocked_until IS NOT NULL`,
    [tenant.id],
  );

describe('guessing from one network', () => {
  it('has ten tries at once, however they come, and then one per wait, which doubles', async () => {
    const from = elsewhere();
    expect(await statuses(25, () => logIn('wrong', { from }))).toEqual([
      ...Array<number>(10).fill(401),
      ...Array<number>(15).fill(429),
    ]);
    const right = await logIn(PASSWORD, { from });
    expect(right).toMatchObject(SLOW);
    expect(right.headers['retry-after']).toMatch(/^[1-3]?\d$/);
    let before = 30;
    for (let round = 0; round < 3; round += 1) {
      await wait();
      expect(await statuses(3, () => logIn('wrong', { from }))).toEqual([401, 429, 429]);
      const seconds = Number((await logIn('wrong', { from })).headers['retry-after']);
      expect(seconds).toBeGreaterThan(before);
      before = seconds;
    }
    await wait();
    expect((await logIn(PASSWORD, { from })).status).toBe(200);
    expect(await statuses(10, () => logIn('wrong', { from }))).toEqual(Array(10).fill(401));
  });

  it('counts all addresses of an IPv6 network as one', async () => {
    const from = (host: number) => `2001:db8:aaaa:1::${host.toString(16)}`;
    const hosts = Array.from({ length: 10 }, (_, at) => from(at));
    await Promise.all(hosts.map((host) => logIn('wrong', { from: host })));
    expect(await logIn('wrong', { from: from(4711) })).toMatchObject(SLOW);
  });

  it('is slowed over many accounts and tenants too', async () => {
    const from = elsewhere();
    const answers = await Promise.all(
      Array.from({ length: 110 }, (_, at) =>
        logIn('wrong', {
          from,
          tenant: at % 2 === 0 ? a.slug : b.slug,
          email: `${at}@example.test`,
        }),
      ),
    );
    const tried = answers.map(({ status }) => status);
    expect(tried.filter((status) => status === 401)).toHaveLength(100);
    expect(tried.filter((status) => status === 429)).toHaveLength(10);
    expect((await logIn(PASSWORD, { from: elsewhere() })).status).toBe(200);
  });

  it('tells nothing of what exists', async () => {
    const cases: Try[] = [{}, { email: 'nobody@example.test' }, { tenant: 'no-such-tenant' }];
    for (const each of cases) {
      const from = elsewhere();
      expect(await statuses(12, () => logIn('wrong', { ...each, from }))).toEqual([
        ...Array<number>(10).fill(401),
        429,
        429,
      ]);
      const { body, headers } = await logIn('wrong', { ...each, from });
      expect(body).toMatchObject(SLOW.body);
      expect(headers['retry-after']).toMatch(/^[1-3]?\d$/);
    }
    const others = { from: elsewhere(), tenant: 'no-such-tenant-either' };
    expect((await logIn('wrong', others)).status).toBe(401);
  });
});

describe('whoever owns the account', () => {
  it('is not locked out from another network', async () => {
    const from = elsewhere();
    await statuses(15, () => logIn('wrong', { from }));
    expect((await logIn(PASSWORD, { from })).status).toBe(429);
    expect((await logIn(PASSWORD)).status).toBe(200);
  });

  it('is not locked out of a device that was used before, even by many networks', async () => {
    const { deviceToken } = (await logIn(PASSWORD)).body as { deviceToken: string };
    expect(deviceToken).toMatch(/^[\w-]{43}$/);
    await statuses(210, () => logIn('wrong', { from: elsewhere() }));
    expect(await logIn(PASSWORD, { from: elsewhere() })).toMatchObject(SLOW);
    expect(await logIn(PASSWORD)).toMatchObject(SLOW);
    const again = await logIn(PASSWORD, { deviceToken });
    expect(again.status).toBe(200);
    expect(again.body).not.toHaveProperty('deviceToken');
    // The device of one account means nothing for another, nor in another tenant.
    const colleague = await auth.addPerson(a, { password: PASSWORD });
    const from = elsewhere();
    await statuses(10, () => logIn('wrong', { from, email: colleague.email }));
    expect(await logIn(PASSWORD, { from, email: colleague.email, deviceToken })).toMatchObject(
      SLOW,
    );
    await auth.addPerson(b, { email: person.email, password: PASSWORD });
    await statuses(10, () => logIn('wrong', { from, tenant: b.slug }));
    expect(await logIn(PASSWORD, { from, tenant: b.slug, deviceToken })).toMatchObject(SLOW);
  });

  it('has no more tries with a stolen device token than without', async () => {
    const { deviceToken } = (await logIn(PASSWORD)).body as { deviceToken: string };
    expect(await statuses(15, () => logIn('wrong', { from: elsewhere(), deviceToken }))).toEqual([
      ...Array<number>(10).fill(401),
      ...Array<number>(5).fill(429),
    ]);
  });
});

it('keeps no address and no name, and forgets', async () => {
  await logIn('wrong');
  const rows = await auth.asAdmin(
    `SELECT FROM failed_log_ins AS f WHERE f.tenant_id = $1 AND f::text ~* $2`,
    [a.id, `${HOME}|${person.email}`],
  );
  expect(rows).toBe(0);
  const count = () => auth.asAdmin('SELECT FROM failed_log_ins WHERE tenant_id = $1', [a.id]);
  expect(await count()).toBe(2);
  await auth.asAdmin(`UPDATE failed_log_ins SET forget_at = now() - interval '1 h'`);
  await logIn('wrong', { from: elsewhere(), email: 'another@example.test' });
  expect(await count()).toBe(2);
});

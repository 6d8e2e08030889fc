import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verifyWebhook } from '../delivery/index.js';
import { TenantPool } from '../postgres/index.js';
import { type TestDatabase, type TestTenant, twoTenants } from '../testing/index.js';
import { createAccessDatabase } from './access-database.fixture.js';
import { type NewAlert, PLATFORM } from './alert.js';
import { AlertBook } from './alert-book.js';
import { AlertCourier, type AlertCourierOptions } from './alert-courier.js';
import { postgresAccessStore } from './postgres-access-store.js';

const secret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
const SECRET = secret();

let db: TestDatabase;
let pool: TenantPool;
let admin: pg.Client;
let a: TestTenant;
beforeAll(async () => {
  db = await createAccessDatabase();
  pool = new TenantPool({ connectionString: db.app, max: 8 });
  admin = new pg.Client({ connectionString: db.admin });
  await admin.connect();
  ({ a } = await twoTenants(db));
});
afterAll(async () => {
  await admin?.end();
  await pool?.end();
  await db?.drop();
});

interface Got {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
let receiver: Server;
let got: Got[];
let answer: (nth: number) => number;
beforeEach(async () => {
  await admin.query('DELETE FROM ringfence.alerts');
  got = [];
  answer = () => 204;
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    got.push({ headers: request.headers, body });
    response
      .writeHead(answer(got.length), { location: 'http://127.0.0.1:1/' })
      .end('x'.repeat(1000));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => receiver.close(resolve)));

const urlOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
const courier = (change: Partial<AlertCourierOptions> = {}): AlertCourier =>
  new AlertCourier({
    book: new AlertBook(pool),
    target: { url: urlOf(receiver), allowPrivate: true },
    secrets: [SECRET],
    pauseSeconds: () => 0,
    ...change,
  });

async function raise(owner: NewAlert['owner'] = a.id): Promise<NewAlert> {
  const alert: NewAlert = {
    id: randomUUID(),
    owner,
    rule: 'id-probing',
    severity: 'warning',
    subject: `user:${randomUUID()}`,
    at: Date.now(),
    coolDown: 3600,
    evidence: { count: 20, threshold: 20, window: 600, codes: { NOT_FOUND: 20 } },
  };
  expect(await postgresAccessStore(pool).raise(alert)).toBe(true);
  return alert;
}

async function row(id: string): Promise<Record<string, unknown>> {
  const { rows } = await admin.query(
    `SELECT attempts, delivery_code AS code, delivered_at IS NOT NULL AS delivered,
      gave_up_at IS NOT NULL AS "gaveUp" FROM ringfence.alerts WHERE id = $1`,
    [id],
  );
  return rows[0];
}

describe('delivery by webhook', () => {
  it('tells of an alert once, signed, with ids, codes and counts', async () => {
    const alert = await raise();
    const platform = await raise(PLATFORM);
    expect(await courier().round()).toEqual({ delivered: 2, failed: 0 });
    expect(await courier().round()).toEqual({ delivered: 0, failed: 0 });
    const told = got.find(({ headers }) => headers['webhook-id'] === alert.id);
    expect(told && verifyWebhook(told.headers, told.body, [SECRET])).toBe(true);
    expect(told && verifyWebhook(told.headers, `${told.body} `, [SECRET])).toBe(false);
    expect(told && verifyWebhook(told.headers, told.body, [secret()])).toBe(false);
    expect(JSON.parse(told?.body ?? '')).toEqual({
      id: alert.id,
      type: 'alert.raised',
      at: new Date(alert.at).toISOString(),
      data: {
        tenantId: a.id,
        rule: alert.rule,
        severity: alert.severity,
        subject: alert.subject,
        evidence: alert.evidence,
      },
    });
    const other = got.find(({ headers }) => headers['webhook-id'] === platform.id);
    expect(JSON.parse(other?.body ?? '').data.tenantId).toBeNull();
    expect(await row(alert.id)).toMatchObject({ delivered: true, attempts: 1 });
  });

  it('cannot be played again later', async () => {
    await raise();
    await courier().round();
    const [told] = got;
    const later = Date.now() + 6 * 60_000;
    expect(told && verifyWebhook(told.headers, told.body, [SECRET], { now: later })).toBe(false);
  });

  it('is signed for receivers of the old and the new key while keys are changed', async () => {
    await raise();
    const fresh = secret();
    await courier({ secrets: [fresh, SECRET] }).round();
    const [told] = got;
    expect(told && verifyWebhook(told.headers, told.body, [SECRET])).toBe(true);
    expect(told && verifyWebhook(told.headers, told.body, [fresh])).toBe(true);
  });

  it.each([500, 429, 404, 302])('tries again after %i, with the same id', async (status) => {
    const { id } = await raise();
    answer = (nth) => (nth < 3 ? status : 200);
    for (let round = 0; round < 3; round += 1) await courier().round();
    expect(got.map(({ headers }) => headers['webhook-id'])).toEqual([id, id, id]);
    expect(await row(id)).toMatchObject({ delivered: true, attempts: 3 });
  });

  it('pauses longer and longer, never less than half, before it tries again', async () => {
    const { id } = await raise();
    answer = () => 500;
    const pauses: number[] = [];
    for (const random of [0, 1, 0]) {
      await courier({ pauseSeconds: (attempt) => 100 * attempt, random: () => random }).round();
      const { rows } = await admin.query(
        'UPDATE ringfence.alerts SET deliver_at = now() WHERE id = $1 RETURNING (SELECT extract(epoch FROM o.deliver_at - now()) FROM ringfence.alerts o WHERE o.id = $1)::float8 AS pause',
        [id],
      );
      pauses.push(rows[0].pause);
    }
    expect(got).toHaveLength(3);
    const near = (seconds: number) => expect.closeTo(seconds, -1.5);
    expect(pauses).toEqual([near(100), near(300), near(200)]);
  });

  it('gives up after the last attempt, says so, and keeps the alert', async () => {
    const { id } = await raise();
    answer = () => 503;
    const given: unknown[] = [];
    const onGivenUp: AlertCourierOptions['onGivenUp'] = (alert, last) =>
      given.push([alert.id, last]);
    for (let round = 0; round < 5; round += 1) await courier({ attempts: 3, onGivenUp }).round();
    expect(got).toHaveLength(3);
    expect(given).toEqual([[id, 503]]);
    expect(await row(id)).toMatchObject({ gaveUp: true, delivered: false, code: '503' });
    // The operator may have it tried again.
    await admin.query('UPDATE ringfence.alerts SET gave_up_at = NULL, attempts = 0');
    answer = () => 200;
    await courier().round();
    expect(await row(id)).toMatchObject({ delivered: true });
  });

  it('is done by one node per alert, whoever else looks at the same time', async () => {
    const alerts: string[] = [];
    for (let at = 0; at < 15; at += 1) alerts.push((await raise()).id);
    const rounds = await Promise.all(Array.from({ length: 4 }, () => courier().round()));
    expect(rounds.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(15);
    expect(got.map(({ headers }) => headers['webhook-id']).sort()).toEqual(alerts.sort());
  });

  it('is taken up by another node when one dies in the middle, and only when its time is over', async () => {
    const { id } = await raise();
    const book = new AlertBook(pool);
    const [taken] = await book.take(10, 60);
    expect(taken).toMatchObject({ id, attempt: 1 });
    expect(await courier().round()).toEqual({ delivered: 0, failed: 0 });
    await admin.query('UPDATE ringfence.alerts SET deliver_at = now()');
    answer = () => 500;
    await courier().round();
    // The dead one comes back: its word does not count any more.
    await book.settle({ id, attempt: 1 }, 'delivered');
    expect(await row(id)).toMatchObject({ delivered: false, attempts: 2, code: '500' });
  });

  it('leaves alone what is older than a day when a webhook is set up', async () => {
    await raise();
    await admin.query("UPDATE ringfence.alerts SET raised_at = now() - interval '2 days'");
    expect(await courier().round()).toEqual({ delivered: 0, failed: 0 });
  });

  it('notes that nobody answered, or not in time', async () => {
    const { id } = await raise();
    const nobody = { url: 'http://127.0.0.1:1/', allowPrivate: true };
    await courier({ target: nobody }).round();
    expect(await row(id)).toMatchObject({ code: 'no answer' });
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const slow = { url: urlOf(silent), allowPrivate: true, timeoutMs: 50 };
    expect(await courier({ target: slow }).round()).toEqual({ delivered: 0, failed: 1 });
    silent.closeAllConnections();
    silent.close();
  });
});

describe('the address of the webhook', () => {
  it.each([
    'ftp://ops.example/',
    'https://user:word@ops.example/',
    'http://ops.example/',
    'ops.example',
    '',
  ])('cannot be %j', (url) => {
    expect(() => courier({ target: { url } })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });

  it.each([
    'https://127.0.0.1/',
    'https://localhost/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.1.2.3/',
    'https://192.168.1.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[fd00:ec2::254]/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://0/',
  ])('is refused where it leads inside: %s', async (url) => {
    const { id } = await raise();
    expect(await courier({ target: { url } }).round()).toEqual({ delivered: 0, failed: 1 });
    expect(await row(id)).toMatchObject({ code: 'address refused' });
  });
});

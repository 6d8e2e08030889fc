import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AccessWatch } from 'ringfence/access-patterns';
import { runInTenant } from 'ringfence/context';
import { verifyWebhook } from 'ringfence/delivery';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, expectProblem } from '../../test/ask.fixture.js';
import {
  startTestServer,
  type TestPerson,
  type TestServer,
} from '../../test/server-app.fixture.js';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const OPERATOR = randomBytes(32).toString('base64url');

let server: TestServer;
let receiver: Server;
const told: { headers: IncomingMessage['headers']; body: string }[] = [];
beforeAll(async () => {
  receiver = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    told.push({ headers: incoming.headers, body });
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  server = await startTestServer({
    ALERT_WEBHOOK_URL: `http://127.0.0.1:${port}/alerts`,
    ALERT_WEBHOOK_SECRETS: SECRET,
    ALERT_WEBHOOK_PRIVATE: 'allowed',
    OPERATOR_KEYS: `ops:${createHash('sha256').update(OPERATOR).digest('hex')}`,
    HANDLER_TIMEOUT_SECONDS: '1',
  });
  await server.app.listen(0, '127.0.0.1');
});
afterAll(async () => {
  await server?.stop();
  receiver?.close();
});

const operator = { headers: { authorization: `Bearer ${OPERATOR}` } };
const soon = { timeout: 15_000, interval: 50 };

/** Alerts of a rule, as a person sees them. */
async function alerts(
  person: TestPerson,
  rule: string,
): Promise<{ id: string; subject: string }[]> {
  const { body } = await ask(server, person, 'GET /alerts?limit=100');
  return body.items.filter((alert: { rule: string }) => alert.rule === rule);
}

interface Listener {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  text(): string;
  ended(): boolean;
  stop(): void;
}

async function listen(path: string, token: string, headers: object = {}): Promise<Listener> {
  const { port } = server.app.getHttpServer().address() as AddressInfo;
  const abort = new AbortController();
  const all = { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers: all, signal: abort.signal };
    request({ ...options, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
  let text = '';
  let ended = false;
  answer.on('data', (chunk) => (text += String(chunk)));
  answer.on('end', () => (ended = true));
  answer.on('error', () => undefined);
  const stop = (): void => abort.abort();
  const { statusCode: status = 0, headers: answered } = answer;
  return { status, headers: answered, text: () => text, ended: () => ended, stop };
}

describe('attempts on another tenant', () => {
  it('raise an alert at the threshold, which the tenant of the token reads and nobody else', async () => {
    const { a, b } = server;
    const member = await server.person(a.owner.tenant, 'member');
    const cross = () =>
      ask(server, member, 'GET /documents', { headers: { 'x-tenant': b.owner.tenant.slug } });
    const feed = await listen('/alerts/feed', a.admin.token);
    const foreign = await listen('/alerts/feed', b.owner.token);
    const all = await listen('/platform/alerts/feed', OPERATOR);
    expect([feed.status, foreign.status, all.status]).toEqual([200, 200, 200]);
    for (let at = 0; at < 4; at += 1) expectProblem(await cross(), 403, 'TENANT_SOURCES_DISAGREE');
    await server.app.get(AccessWatch, { strict: false }).sendNow();
    expect(await alerts(a.owner, 'cross-tenant-attempt')).toEqual([]);
    await cross();
    await vi.waitFor(
      async () => expect(await alerts(a.owner, 'cross-tenant-attempt')).toHaveLength(1),
      soon,
    );
    expect(await alerts(a.owner, 'cross-tenant-attempt')).toMatchObject([
      {
        severity: 'critical',
        subject: `user:${member.id}`,
        evidence: {
          count: 5,
          threshold: 5,
          codes: { TENANT_SOURCES_DISAGREE: expect.any(Number) },
        },
        times: 1,
        acknowledgedAt: null,
      },
    ]);
    expect((await ask(server, b.owner, 'GET /alerts')).body.items).toEqual([]);
    await vi.waitFor(() => expect(all.text()).toContain('cross-tenant-attempt'), soon);
    await vi.waitFor(() => expect(feed.text()).toContain(`"subject":"user:${member.id}"`), soon);
    expect(foreign.text()).not.toContain('data:');
    // Longer than a handler may take: these are streams, and nobody waits for their end.
    expect([feed.ended(), foreign.ended(), all.ended()]).toEqual([false, false, false]);
    for (const each of [feed, foreign, all]) each.stop();
  });

  it('are told of by webhook, signed, and without data', async () => {
    const { a } = server;
    await vi.waitFor(
      () => expect(told.map(({ body }) => body).join()).toContain('cross-tenant'),
      soon,
    );
    const event = told.find(({ body }) => body.includes('cross-tenant'));
    expect(event && verifyWebhook(event.headers, event.body, [SECRET])).toBe(true);
    expect(event?.body).not.toMatch(/@|test\b.*slug|127\.0\.0/);
    expect(JSON.parse(event?.body ?? '').data).toMatchObject({ tenantId: a.owner.tenant.id });
  });

  it('are acknowledged by who may, and by no other tenant', async () => {
    const { a, b } = server;
    const [alert] = await alerts(a.owner, 'cross-tenant-attempt');
    const path = `POST /alerts/${alert?.id}/acknowledgement`;
    expectProblem(await ask(server, a.member, path), 403, 'PERMISSION_DENIED');
    expectProblem(await ask(server, b.owner, path), 404, 'NOT_FOUND');
    expect((await ask(server, a.admin, path)).status).toBe(204);
    expect((await ask(server, a.owner, path)).status).toBe(204);
    expect(await alerts(a.owner, 'cross-tenant-attempt')).toMatchObject([
      { acknowledgedBy: `user:${a.admin.id}`, acknowledgedAt: expect.any(String) },
    ]);
  });
});

describe('who may read', () => {
  it('is who holds the permission', async () => {
    const { a } = server;
    for (const path of ['GET /alerts', 'GET /alerts/feed', 'GET /access-patterns']) {
      expectProblem(await ask(server, a.member, path), 403, 'PERMISSION_DENIED');
      expectProblem(await ask(server, undefined, path), 401, 'AUTHENTICATION_REQUIRED');
    }
  });

  it('is the operator for all tenants, by key', async () => {
    const { a } = server;
    expectProblem(
      await ask(server, undefined, 'GET /platform/alerts'),
      401,
      'AUTHENTICATION_REQUIRED',
    );
    for (const token of [a.owner.token, randomBytes(32).toString('base64url'), 'x']) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await ask(server, undefined, 'GET /platform/alerts', { headers });
      expectProblem(answer, 401, 'TOKEN_INVALID');
    }
    const { body } = await ask(server, undefined, 'GET /platform/alerts', operator);
    expect(body.items).toMatchObject([{ tenantId: a.owner.tenant.id }]);
    const path = `POST /platform/alerts/${randomUUID()}/acknowledgement`;
    expectProblem(await ask(server, undefined, path, operator), 404, 'NOT_FOUND');
  });

  it('sees what actors did, and only those of the tenant', async () => {
    const { a, b } = server;
    await ask(server, a.viewer, 'GET /users?limit=100');
    await ask(server, b.viewer, 'GET /users');
    await server.app.get(AccessWatch, { strict: false }).sendNow();
    const { body } = await ask(server, a.owner, 'GET /access-patterns');
    const viewer = body.items.find(
      ({ actor }: { actor: string }) => actor === `user:${a.viewer.id}`,
    );
    expect(viewer).toMatchObject({ reads: 1, writes: 0, refused: 0, rows: expect.any(Number) });
    expect(viewer.rows).toBeGreaterThan(1);
    expect(JSON.stringify(body)).not.toContain(b.viewer.id);
  });
});

describe('log-ins that fail across accounts', () => {
  it('raise an alert of the tenant that was named', async () => {
    const { a } = server;
    const tenant = a.owner.tenant.slug;
    for (let at = 0; at < 20; at += 1) {
      const body = { tenant, email: `guess-${at}@example.test`, password: 'wrong wrong wrong' };
      await ask(server, undefined, 'POST /auth/login', { body });
    }
    await vi.waitFor(
      async () => expect(await alerts(a.owner, 'log-ins-across-accounts')).toHaveLength(1),
      soon,
    );
    const text = JSON.stringify(await alerts(a.owner, 'log-ins-across-accounts'));
    expect(text).not.toContain('example.test');
  });
});

describe('the feed', () => {
  it('ends when its reader may read alerts no more, and is refused from then on', async () => {
    const { a } = server;
    const admin = await server.person(a.owner.tenant, 'admin');
    const [withdrawn, other] = [
      await listen('/alerts/feed', admin.token),
      await listen('/alerts/feed', a.owner.token),
    ];
    await runInTenant(a.owner.tenant.id, () =>
      server.prisma.user.update({ where: { id: admin.id }, data: { role: 'member' } }),
    );
    await vi.waitFor(() => expect(withdrawn.ended()).toBe(true), soon);
    expect(other.ended()).toBe(false);
    expect((await listen('/alerts/feed', admin.token)).status).toBe(403);
    other.stop();
  });

  it('goes on where its reader was cut off', async () => {
    const { a } = server;
    const { body } = await ask(server, a.owner, 'GET /alerts?limit=100');
    const [newest, before] = body.items;
    const reader = await listen('/alerts/feed', a.owner.token, { 'last-event-id': before.id });
    await vi.waitFor(() => expect(reader.text()).toContain(`id: ${newest.id}`), soon);
    expect(reader.text()).not.toContain(before.id);
    reader.stop();
  });

  it('is for those who say that they want a stream', async () => {
    const answer = await ask(server, server.a.owner, 'GET /alerts/feed');
    expectProblem(answer, 400, 'VALIDATION_FAILED', '/header/accept');
    const head = await server.app.inject({
      method: 'HEAD',
      url: '/alerts/feed',
      headers: { authorization: `Bearer ${server.a.owner.token}`, accept: 'text/event-stream' },
    });
    expect(head.statusCode).toBe(400);
  });

  it('carries the headers of every answer', async () => {
    const { headers, stop } = await listen('/alerts/feed', server.a.owner.token);
    expect(headers).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream'),
      'x-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    stop();
  });

  it('ends when the server stops', async () => {
    const reader = await listen('/alerts/feed', server.a.owner.token);
    await server.app.get(AccessWatch, { strict: false }).stop();
    await vi.waitFor(() => expect(reader.ended()).toBe(true), soon);
    expect((await listen('/alerts/feed', server.a.owner.token)).status).toBe(503);
  });
});

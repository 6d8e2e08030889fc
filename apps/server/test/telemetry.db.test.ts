import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInTenant } from 'ringfence/context';
import { TenantPool } from 'ringfence/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackgroundWork } from '../src/background/index.js';
import { MAILER } from '../src/mail/index.js';
import type { MailQueue } from '../src/mail/mail-queue.js';
import { ServerTelemetry, TELEMETRY } from '../src/telemetry/index.js';
import { type Answer, ask } from './ask.fixture.js';
import {
  type OtlpReceiver,
  type ReceivedSpan,
  startOtlpReceiver,
} from './otlp-receiver.fixture.js';
import { startTestServer, type TestServer } from './server-app.fixture.js';

const unique = (kind: string): string => `SECRET-${kind}-${randomBytes(6).toString('hex')}`;

/** One known secret of each kind that passes through the server. */
const SECRETS = {
  password: unique('password'),
  token: `eyJhbGciOiJFUzI1NiJ9.${unique('token')}.c2ln`,
  mailbox: unique('mailbox').toLowerCase(),
  name: unique('name'),
  title: unique('title'),
  body: unique('body'),
  header: unique('header'),
  query: unique('query'),
  path: unique('path'),
  cookie: unique('cookie'),
  agent: unique('agent'),
  sql: unique('sql'),
  state: unique('tracestate').toLowerCase(),
} as const;

const CLIENT_TRACE = randomBytes(16).toString('hex');
const CLIENT_SPAN = randomBytes(8).toString('hex');
const headers = {
  'x-anything': SECRETS.header,
  cookie: `session=${SECRETS.cookie}`,
  'user-agent': SECRETS.agent,
  traceparent: `00-${CLIENT_TRACE}-${CLIENT_SPAN}-01`,
  tracestate: `vendor=${SECRETS.state}`,
  baggage: `user=${SECRETS.header}`,
};

let receiver: OtlpReceiver;
let server: TestServer;
let metrics = '';
let email = '';
const answers: Answer[] = [];
let spans: ReceivedSpan[] = [];

async function send(person: Parameters<typeof ask>[1], request: string, more: object = {}) {
  const answer = await ask(server, person, request, { headers, ...more });
  answers.push(answer);
  return answer;
}

/** Something that is no request at all, over a real socket. */
async function sendRaw(text: string): Promise<void> {
  const { port } = new URL(await server.app.getUrl());
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.resume();
    setTimeout(() => socket.destroy(), 3000).unref();
  });
}

async function scrape(more: Record<string, string> = {}, path = '/metrics'): Promise<Response> {
  const port = server.app.get<ServerTelemetry>(TELEMETRY, { strict: false }).scrapePort;
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: more });
}

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  server = await startTestServer({
    METRICS_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
  });
  await server.app.listen(0, '127.0.0.1');
  const { owner } = server.a;
  email = `${SECRETS.mailbox}@mail.example`;
  const { prisma } = server;

  // Ordinary traffic.
  const organization = await send(owner, 'POST /organizations', { body: { name: 'Org' } });
  const project = await send(owner, 'POST /projects', {
    body: { name: SECRETS.name, organizationId: organization.body.id },
  });
  const document = await send(owner, 'POST /documents', {
    body: { projectId: project.body.id, title: SECRETS.title, body: SECRETS.body },
  });
  expect(document.status).toBe(201);
  const read = await send(owner, `GET /documents/${document.body.id}?q=${SECRETS.query}`);
  expect(read.body).toMatchObject({ title: SECRETS.title, body: SECRETS.body });
  await send(owner, 'POST /users', { body: { email, name: SECRETS.name, role: 'member' } });
  await send(owner, 'GET /users');

  // Every kind of failure.
  await send(owner, 'POST /users', { body: { email, name: SECRETS.name, role: 'member' } });
  await send(owner, 'POST /documents', {
    body: { projectId: server.b.owner.id, title: SECRETS.title, body: SECRETS.body },
  });
  await send(owner, 'POST /documents', { body: { titel: SECRETS.title, body: SECRETS.body } });
  await send(owner, 'POST /documents', { raw: `{"title": "${SECRETS.title}", ${SECRETS.body}` });
  await send(owner, `PATCH /documents/${document.body.id}`, {
    body: { title: SECRETS.title },
    headers: { ...headers, 'if-match': `"${SECRETS.header}"` },
  });
  await send(owner, `GET /documents/${SECRETS.path}?q=${SECRETS.query}`);
  await send(owner, `GET /${SECRETS.path}?q=${SECRETS.query}`);
  await send(owner, `GET /%zz${SECRETS.path}`);
  await send(server.b.owner, `GET /documents/${document.body.id}`);
  await send(server.a.viewer, 'POST /documents', { body: { title: SECRETS.title } });
  await send(owner, 'GET /documents', { headers: { ...headers, 'x-tenant': SECRETS.header } });
  await send(undefined, 'GET /documents', {
    headers: { ...headers, authorization: `Bearer ${SECRETS.token}` },
  });
  await send(undefined, 'POST /auth/login', {
    body: { tenant: owner.tenant.slug, email, password: SECRETS.password },
  });
  await send(undefined, 'POST /auth/refresh', { body: { refreshToken: SECRETS.token } });
  await send(undefined, 'POST /password-resets', {
    body: { tenant: owner.tenant.slug, email: owner.email },
  });
  await sendRaw(`GET /${SECRETS.path} HTTP/9.9\r\nX-A: ${SECRETS.header}\r\n\r\n`);
  await sendRaw(`CONNECT ${SECRETS.path}:443 HTTP/1.1\r\nHost: ${SECRETS.header}\r\n\r\n`);

  await server.app.get(BackgroundWork, { strict: false }).settled();
  await server.app.get<MailQueue>(MAILER, { strict: false }).settled();
  const inTenant = (sql: string, values: string[] = []) =>
    runInTenant(owner.tenant.id, () =>
      server.app.get(TenantPool, { strict: false }).query(sql, values),
    );
  // A text that looks like a table, a table that is none, a parameter, and a row that is there already.
  await inTenant(`SELECT 'from ${SECRETS.sql}' AS "x"`);
  await expect(inTenant(`SELECT * FROM "${SECRETS.sql}"`)).rejects.toThrow();
  await expect(inTenant('SELECT $1::uuid', [SECRETS.sql])).rejects.toThrow(SECRETS.sql);
  const taken = inTenant("INSERT INTO users (email, name, role) VALUES ($1, 'x', 'member')", [
    email,
  ]);
  await expect(taken).rejects.toMatchObject({ code: '23505' });
  await expect(prisma.$queryRawUnsafe(`SELECT '${SECRETS.sql}'`)).rejects.toThrow();

  metrics = await (await scrape()).text();
  // The database goes away under it.
  await server.db.drop();
  await send(owner, `GET /documents/${document.body.id}?q=${SECRETS.query}`);
  await send(undefined, 'POST /auth/login', {
    body: { tenant: owner.tenant.slug, email, password: SECRETS.password },
  });
  metrics += await (await scrape()).text();
  const deadline = Date.now() + 20_000;
  while (receiver.points('http.server.request.duration').length === 0 && Date.now() < deadline) {
    await sleep(100);
  }
});
afterAll(async () => {
  await receiver?.close();
});

describe('a server with everything switched on', () => {
  it('shows its metrics on a port of their own, and to no page of a browser', async () => {
    expect(await scrape()).toMatchObject({ status: 200 });
    expect(await scrape({ origin: 'https://evil.example' })).toMatchObject({ status: 403 });
    expect(await scrape({}, '/')).toMatchObject({ status: 404 });
    expect(await ask(server, server.a.owner, 'GET /metrics')).toMatchObject({ status: 404 });
  });

  it('stops, and sends what it has held back', async () => {
    await server.app.close();
    await expect(scrape()).rejects.toThrow();
    spans = receiver.spans();
    expect(spans.length).toBeGreaterThan(50);
  });

  it('has met failures of every kind', () => {
    const codes = new Set(answers.map(({ body }) => body?.code));
    for (const code of [
      'ALREADY_EXISTS',
      'REFERENCE_NOT_FOUND',
      'VALIDATION_FAILED',
      'BODY_MALFORMED',
      'NOT_FOUND',
      'ADDRESS_MALFORMED',
      'PERMISSION_DENIED',
      'TENANT_SOURCES_DISAGREE',
      'TOKEN_INVALID',
      'CREDENTIALS_INVALID',
      'REFRESH_TOKEN_INVALID',
      'DATABASE_UNAVAILABLE',
    ]) {
      expect(codes).toContain(code);
    }
    expect(server.logged()).toContain('"code":"REQUEST_MALFORMED"');
    expect(server.logged()).toContain('"code":"METHOD_NOT_ALLOWED"');
  });

  it.each(Object.entries(SECRETS))('tells nobody the %s', (_kind, secret) => {
    const refusals = answers.filter(({ status }) => status >= 400);
    expect(server.logged().toLowerCase()).not.toContain(secret.toLowerCase());
    expect(receiver.text().toLowerCase()).not.toContain(secret.toLowerCase());
    expect(metrics.toLowerCase()).not.toContain(secret.toLowerCase());
    for (const { text, headers: all } of refusals) {
      expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
      expect(JSON.stringify(all).toLowerCase()).not.toContain(secret.toLowerCase());
    }
  });

  it('tells nobody an address of anybody, a token, or what PostgreSQL says beside an error', () => {
    const everything = [server.logged(), receiver.text(), metrics].join('\n');
    for (const { owner } of [server.a, server.b]) {
      expect(everything).not.toContain(owner.email);
      expect(everything).not.toContain(owner.token);
    }
    expect(everything).not.toMatch(/Key \(|already exists|violates|duplicate key|127\.0\.0\.1/);
  });
});

describe('the traces', () => {
  const span = (name: string): ReceivedSpan => {
    const found = spans.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`There is no span ${name}.`);
    return found;
  };
  const within = ({ traceId }: ReceivedSpan): ReceivedSpan[] =>
    spans.filter((candidate) => candidate.traceId === traceId);

  it('hold a request with its stations and statements', () => {
    const request = span('POST /documents');
    const { tenant } = server.a.owner;
    expect(request.attributes).toMatchObject({
      'http.route': '/documents',
      'http.response.status_code': 201,
      'ringfence.tenant.id': tenant.id,
      'ringfence.actor.kind': 'user',
    });
    const names = within(request).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'resolve tenant',
        'check membership',
        'limit rate',
        'require permission',
        'insert documents',
      ]),
    );
    const insert = within(request).find(({ name }) => name === 'insert documents');
    expect(insert?.parentSpanId).toBe(request.spanId);
    expect(insert?.attributes).toEqual({
      'db.system.name': 'postgresql',
      'db.operation.name': 'insert',
      'db.collection.name': 'documents',
      'db.response.returned_rows': expect.anything(),
      'ringfence.tenant.id': tenant.id,
    });
  });

  it('begin here whatever the client says, and only link to its own', () => {
    const request = span('POST /documents');
    expect(request.traceId).not.toBe(CLIENT_TRACE);
    expect(request).not.toHaveProperty('parentSpanId', CLIENT_SPAN);
    expect(request.links).toMatchObject([{ traceId: CLIENT_TRACE, spanId: CLIENT_SPAN }]);
  });

  it('go on in the background and in the mail', () => {
    const names = within(span('POST /password-resets')).map(({ name }) => name);
    expect(names).toContain('mail');
    expect(names.some((name) => name.startsWith('background '))).toBe(true);
  });

  it('are named in the log lines', () => {
    const request = span('POST /documents');
    const line = server
      .logged()
      .split('\n')
      .find((text) => text.includes(request.traceId));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      msg: 'request',
      route: '/documents',
      requestId: request.attributes['ringfence.request.id'],
      tenantId: server.a.owner.tenant.id,
      actorKind: 'user',
      status: 201,
    });
  });
});

describe('the metrics', () => {
  it('count by tenant, route, code and statement, here and at the collector', () => {
    const { tenant } = server.a.owner;
    expect(metrics).toContain(
      `ringfence_tenant_requests_total{tenant="${tenant.id}",status="2xx"}`,
    );
    expect(metrics).toContain('http_requests_total{method="POST",route="/documents",status="2xx"}');
    expect(metrics).toContain('http_requests_total{method="none",route="none",status="4xx"}');
    expect(metrics).toContain('ringfence_errors_total{code="ALREADY_EXISTS"}');
    expect(metrics).toContain('ringfence_statement_failures_total{code="ALREADY_EXISTS"}');
    expect(metrics).toContain('ringfence_pool_connections{pool="tenant",state="in_use"}');
    expect(metrics).toContain(
      'ringfence_tenant_refusals_total{reason="TENANT_SOURCES_DISAGREE",source="header"}',
    );
    expect(metrics).toContain('nodejs_eventloop_lag_seconds');
    expect(receiver.points('ringfence.tenant.requests')).toContainEqual({
      'ringfence.tenant.id': tenant.id,
      status: '2xx',
    });
    expect(receiver.points('http.server.request.duration')).toContainEqual(
      expect.objectContaining({ 'http.route': '/documents', 'http.request.method': 'POST' }),
    );
    expect(receiver.points('db.client.connection.count').length).toBeGreaterThan(0);
  });
});

import http from 'node:http';
import { Socket } from 'node:net';
import { Controller, Get, Inject } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runInFrame, type TenantContext, tenantContext } from '../context/index.js';
import { AnyMember } from './any-member.decorator.js';
import { Public } from './public.decorator.js';
import { recordOf } from './request-record.js';
import { ResolveTenantGuard } from './resolve-tenant.guard.js';
import { Tenant } from './tenant.decorator.js';
import { TENANT_CONTEXT } from './tenant-context.provider.js';
import {
  A,
  B,
  bearer,
  ENTRIES,
  SUSPENDED,
  startApp,
  type TestApp,
  tokenFor,
} from './test-app.fixture.js';

@AnyMember('test')
@Controller()
class WhoController {
  constructor(@Inject(TENANT_CONTEXT) private readonly context: TenantContext) {}

  @Get('who')
  async who(@Tenant() tenant: TenantContext): Promise<object> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return { tenantId: tenant.tenantId, injected: this.context.tenantId };
  }

  @Public('test')
  @Get('anybody')
  anybody(): object {
    return tenantContext(this.context.tenantId, this.context.actor);
  }

  @Public('test')
  @Get('open')
  open(): string {
    return 'open';
  }
}

/** Tenant B has a host of its own. */
const B_HOST = 'docs.globex.example';
let asked: string[] = [];
let test: TestApp;
beforeAll(async () => {
  test = await startApp([WhoController], {
    baseDomains: ['localhost', 'Example.com', 'app.example.com'],
    directory: {
      async findTenant(name) {
        asked.push(name);
        return name === B_HOST ? B : ENTRIES.find(({ slug, id }) => slug === name || id === name);
      },
    },
  });
});
afterAll(() => test.app.close());
beforeEach(() => {
  asked = [];
});

const ask = (headers: Record<string, string | string[]>, url = '/who') =>
  test.app.inject({ url, headers: { ...bearer(tokenFor(A)), ...headers } });

describe('the token decides', () => {
  it.each([
    ['no other source', {}],
    ['its own subdomain', { host: 'acme.localhost' }],
    ['a port', { host: 'acme.localhost:3000' }],
    ['upper case', { host: 'ACME.LocalHost' }],
    ['a trailing dot', { host: 'acme.localhost.:80' }],
    ['another base domain', { host: 'acme.example.com' }],
    ['the longer base domain', { host: 'acme.app.example.com' }],
    ['a base domain alone', { host: 'app.example.com' }],
    ['IPv4', { host: '127.0.0.1:3000' }],
    ['IPv6', { host: '[::1]:3000' }],
    ['an empty host', { host: '' }],
    ['a host that nobody owns', { host: 'internal-name.example.net' }],
    ['a single label', { host: 'server' }],
    // The directory finds by slug and id as well, and a 403 would tell that there is one.
    ["another tenant's slug as the host", { host: 'globex' }],
    ["another tenant's slug as the host, with port and dot", { host: 'GLOBEX.:3000' }],
    ["another tenant's id as the host", { host: B.id }],
    ['its slug in the header', { 'x-tenant': 'acme' }],
    ['its id in the header', { 'x-tenant': A.id }],
    ['its id in upper case', { 'x-tenant': A.id.toUpperCase() }],
    ['both', { host: 'acme.localhost', 'x-tenant': 'Acme' }],
    ['forwarded headers, which count for nothing', { 'x-forwarded-host': 'globex.localhost' }],
    ['Forwarded', { forwarded: 'host=globex.localhost', 'x-original-host': 'globex.localhost' }],
  ])('with %s', async (_case, headers) => {
    const answer = await ask(headers);
    expect(answer.json()).toEqual({ tenantId: A.id, injected: A.id });
    expect(test.lines().at(-1)).toMatchObject({
      tenantId: A.id,
      actorKind: 'user',
      method: 'GET',
      route: '/who',
      status: 200,
      durationMs: expect.any(Number),
    });
  });

  it.each([
    ["another tenant's subdomain", { host: 'globex.localhost' }, 'host'],
    ['the same with port, dot and capitals', { host: 'GLOBEX.localhost.:99' }, 'host'],
    ['a subdomain that nobody has', { host: 'nobody.localhost' }, 'host'],
    ['a deeper subdomain', { host: 'acme.globex.localhost' }, 'host'],
    ['its slug below the wrong label', { host: 'acme.app2.example.com' }, 'host'],
    ["another tenant's own host", { host: B_HOST }, 'host'],
    ['a host with user and password', { host: 'acme@globex.localhost' }, 'host'],
    ['a host with a list', { host: 'acme.localhost, globex.localhost' }, 'host'],
    ['two dots', { host: 'globex.localhost..' }, 'host'],
    ['broken brackets', { host: '[::1' }, 'host'],
    ["another tenant's slug in the header", { 'x-tenant': 'globex' }, 'header'],
    ["another tenant's id in the header", { 'x-tenant': B.id }, 'header'],
    ['an unknown name in the header', { 'x-tenant': 'SECRET' }, 'header'],
    ['an empty header', { 'x-tenant': '' }, 'header'],
    ['a list in the header', { 'x-tenant': 'acme, globex' }, 'header'],
    ['the header twice, alike', { 'x-tenant': ['acme', 'acme'] }, 'header'],
    ['a good host and a bad header', { host: 'acme.localhost', 'x-tenant': 'globex' }, 'header'],
    ['a bad host and a good header', { host: 'globex.localhost', 'x-tenant': 'acme' }, 'host'],
  ])('against %s', async (_case, headers, disagreeing) => {
    const answer = await ask(headers);
    expect(answer.json()).toMatchObject({ status: 403, code: 'TENANT_SOURCES_DISAGREE' });
    const line = test.lines().at(-1);
    expect(line).toMatchObject({
      event: 'TENANT_SOURCES_DISAGREE',
      disagreeing,
      tokenTenantId: A.id,
      tokenTenantSlug: 'acme',
      level: 40,
    });
    expect(line).not.toHaveProperty('tenantId');
    expect(JSON.stringify(line)).not.toMatch(/globex|SECRET|bbbbbbbb/);
  });

  it('and is told apart for two tenants at once, through one singleton', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => (n % 2 ? A : B)).map(async (entry) => {
        const answer = await ask(bearer(tokenFor(entry)));
        return [entry.id, answer.json()] as const;
      }),
    );
    for (const [id, body] of answers) expect(body).toEqual({ tenantId: id, injected: id });
  });

  it('refuses a suspended tenant', async () => {
    const answer = await ask(bearer(tokenFor(SUSPENDED)));
    expect(answer.json()).toMatchObject({ status: 403, code: 'TENANT_SUSPENDED' });
  });

  it.each([
    ['a tenant that is gone', undefined],
    ['a slug that belongs to another tenant now', { ...B, slug: 'acme' }],
  ])('refuses the token of %s', async (_case, entry) => {
    const other = await startApp([WhoController], {
      directory: { findTenant: async () => entry },
    });
    const answer = await other.app.inject({ url: '/who', headers: bearer(tokenFor(A)) });
    expect(answer.json()).toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
    await other.app.close();
  });

  it('fills no frame: a member is looked for first', async () => {
    const guard = new ResolveTenantGuard({
      logger: test.logger,
      verifier: { verify: () => Promise.reject(new Error('not asked')) },
      directory: { findTenant: async () => A },
      roles: {},
    });
    const raw = new http.IncomingMessage(new Socket());
    const context = new ExecutionContextHost(
      [{ raw }, {}],
      WhoController,
      WhoController.prototype.who,
    );
    const actor = { kind: 'system', reason: 'test' } as const;
    const record = recordOf(raw);
    record.token = { tenantId: A.id, tenantSlug: 'acme', actor };
    await runInFrame(record.frame, () => guard.canActivate(context));
    expect(record.resolved?.tenantId).toBe(A.id);
    expect(record.frame.tenant).toBeUndefined();
  });

  it('asks the directory once for many requests', async () => {
    await Promise.all([ask({}), ask({}), ask({ host: 'localhost' })]);
    expect(asked.length).toBeLessThanOrEqual(1);
  });
});

describe('a public route', () => {
  it('needs no token, minds none, and never has a tenant', async () => {
    for (const headers of [{}, bearer(tokenFor(A)), bearer('rubbish')]) {
      const open = await test.app.inject({ url: '/open', headers });
      expect(open.body).toBe('open');
      const anybody = await test.app.inject({ url: '/anybody', headers });
      expect(anybody.json()).toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
      expect(test.lines().at(-1)).not.toHaveProperty('tenantId');
    }
  });
});

describe('over a real connection', () => {
  let port: string;
  beforeAll(async () => {
    port = new URL(await test.listen()).port;
  });

  /** Sends a request as it is: a list of headers, and any target. */
  function raw(path: string, headers: string[]): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const request = http.request({
        port,
        path,
        headers,
        setHost: false,
      });
      request.on('error', reject).on('response', (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      request.end();
    });
  }
  const auth = ['Authorization', `Bearer ${tokenFor(A)}`];
  const host = ['Host', 'acme.localhost'];

  it('passes a plain one', async () => {
    expect(await raw('/who', [...host, ...auth])).toMatchObject({ status: 200 });
    expect(await raw('http://acme.localhost/who', [...host, ...auth])).toMatchObject({
      status: 200,
    });
  });

  it.each([
    ['two Host headers', '/who', [...host, 'Host', 'globex.localhost', ...auth], 403],
    ['two tenant headers', '/who', [...host, ...auth, 'X-Tenant', 'acme', 'X-Tenant', 'acme'], 403],
    ['an address of another tenant', 'http://globex.localhost/who', [...host, ...auth], 403],
    ['two tokens', '/who', [...host, ...auth, 'Authorization', `Bearer ${tokenFor(B)}`], 401],
    ['the same token twice', '/who', [...host, ...auth, ...auth], 401],
  ])('refuses %s', async (_case, path, headers, status) => {
    const answer = await raw(path, headers);
    // Newer versions of Node refuse a second Host header before we see it.
    expect([status, 400]).toContain(answer.status);
    expect(answer.body).not.toContain('tenantId');
  });
});

import http from 'node:http';
import { Socket } from 'node:net';
import { Controller, Get, Inject } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  fromPath,
  fromSubdomain,
  runInFrame,
  standardResolvers,
  type TenantContext,
  tenantContext,
} from '../context/index.js';
import { AnyMember } from './any-member.decorator.js';
import { Public } from './public.decorator.js';
import { RefusalCounts } from './refusal-counts.js';
import { recordOf } from './request-state.js';
import { ResolveTenantGuard } from './resolve-tenant.guard.js';
import { Tenant } from './tenant.decorator.js';
import { TENANT_CONTEXT } from './tenant-context.provider.js';
import { TenantDirectoryCache } from './tenant-directory-cache.js';
import {
  A,
  B,
  bearer,
  DELETING,
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
/** How often it was refused, and by what. */
const counted = (app: TestApp, reason: string, source: string): number =>
  app.app
    .get(RefusalCounts)
    .read()
    .find((each) => each.reason === reason && each.source === source)?.count ?? 0;
let asked: string[] = [];
let test: TestApp;
const path = fromPath('/t/:tenant');
const bases = ['localhost', 'Example.com', 'app.example.com'];
beforeAll(async () => {
  test = await startApp(
    [WhoController],
    {
      resolvers: [...standardResolvers({ baseDomains: bases }), path],
      directory: {
        async findTenant(name) {
          asked.push(name);
          return name === B_HOST ? B : ENTRIES.find(({ slug, id }) => slug === name || id === name);
        },
      },
    },
    [],
    undefined,
    { rewriteUrl: ({ url = '/' }) => path.strip(url) },
  );
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
    ['its slug in the path', {}, '/t/acme/who'],
    ['its id in the path, escaped', {}, `/t/%61${A.id.slice(1).toUpperCase()}/who?x=1`],
    ['all of them', { host: 'acme.localhost', 'x-tenant': A.id }, '/t/acme/who'],
    ['forwarded headers, which count for nothing', { 'x-forwarded-host': 'globex.localhost' }],
    ['Forwarded', { forwarded: 'host=globex.localhost', 'x-original-host': 'globex.localhost' }],
  ] as [string, Record<string, string>, string?][])('with %s', async (_case, headers, url) => {
    const answer = await ask(headers, url);
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
    ["another tenant's subdomain", { host: 'globex.localhost' }, 'subdomain'],
    ['the same with port, dot and capitals', { host: 'GLOBEX.localhost.:99' }, 'subdomain'],
    ['a subdomain that nobody has', { host: 'nobody.localhost' }, 'subdomain'],
    ['a deeper subdomain', { host: 'acme.globex.localhost' }, 'subdomain'],
    ['its slug below the wrong label', { host: 'acme.app2.example.com' }, 'subdomain'],
    ["another tenant's own host", { host: B_HOST }, 'custom-domain'],
    ['the same with port, dot and capitals', { host: 'Docs.Globex.EXAMPLE.:1' }, 'custom-domain'],
    ['raw Unicode', { host: 'b\u00fccher.localhost' }, 'subdomain'],
    ['punycode', { host: 'xn--bcher-kva.localhost' }, 'subdomain'],
    ['a host with user and password', { host: 'acme@globex.localhost' }, 'subdomain'],
    ['a host with a list', { host: 'acme.localhost, globex.localhost' }, 'subdomain'],
    ['two dots', { host: 'globex.localhost..' }, 'subdomain'],
    ['broken brackets', { host: '[::1' }, 'subdomain'],
    ["another tenant's slug in the header", { 'x-tenant': 'globex' }, 'header'],
    ["another tenant's id in the header", { 'x-tenant': B.id }, 'header'],
    ['an unknown name in the header', { 'x-tenant': 'SECRET' }, 'header'],
    ['an empty header', { 'x-tenant': '' }, 'header'],
    ['a list in the header', { 'x-tenant': 'acme, globex' }, 'header'],
    ['the header twice, alike', { 'x-tenant': ['acme', 'acme'] }, 'header'],
    ['a good host and a bad header', { host: 'acme.localhost', 'x-tenant': 'globex' }, 'header'],
    ['a bad host and a good header', { host: 'globex.localhost', 'x-tenant': 'acme' }, 'subdomain'],
    ["another tenant's slug in the path", {}, 'path', '/t/globex/who'],
    ["another tenant's id in the path", {}, 'path', `/t/${B.id}/who`],
    ['an unknown name in the path', {}, 'path', '/t/SECRET/who'],
    ['a path that hides a slash', {}, 'path', '/t/acme%2f..%2fglobex/who'],
    ['a good host and a bad path', { host: 'acme.localhost' }, 'path', '/t/globex/who'],
    ['a bad host and a good path', { host: 'globex.localhost' }, 'subdomain', '/t/acme/who'],
    ['a good header and a bad path', { 'x-tenant': 'acme' }, 'path', '/t/globex/who'],
    ['a bad header and a good path', { 'x-tenant': 'globex' }, 'header', '/t/acme/who'],
    ['a bad domain and a good header', { host: B_HOST, 'x-tenant': 'acme' }, 'custom-domain'],
    // Two against one: the token decides all the same.
    ['host and header that agree', { host: 'globex.localhost', 'x-tenant': 'globex' }, 'subdomain'],
    ['domain and header that agree', { host: B_HOST, 'x-tenant': 'globex' }, 'custom-domain'],
    ['header and path that agree', { 'x-tenant': B.id }, 'header', '/t/globex/who'],
    ['host and path that agree', { host: 'globex.localhost' }, 'subdomain', '/t/globex/who'],
    [
      'all of them',
      { host: 'globex.localhost', 'x-tenant': 'globex' },
      'subdomain',
      '/t/globex/who',
    ],
  ] as [string, Record<string, string | string[]>, string, string?][])(
    'against %s',
    async (_case, headers, source, url) => {
      const before = counted(test, 'TENANT_SOURCES_DISAGREE', source);
      const answer = await ask(headers, url);
      expect(answer.json()).toMatchObject({ status: 403, code: 'TENANT_SOURCES_DISAGREE' });
      const line = test.lines().at(-1);
      expect(line).toMatchObject({
        event: 'TENANT_SOURCES_DISAGREE',
        source,
        tokenTenantId: A.id,
        tokenTenantSlug: 'acme',
        level: 40,
      });
      expect(line).not.toHaveProperty('tenantId');
      expect(JSON.stringify(line)).not.toMatch(/globex|SECRET|bbbbbbbb/i);
      expect(counted(test, 'TENANT_SOURCES_DISAGREE', source)).toBe(before + 1);
    },
  );

  it('and is told apart for two tenants at once, through one singleton', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => (n % 2 ? A : B)).map(async (entry) => {
        const answer = await ask(bearer(tokenFor(entry)));
        return [entry.id, answer.json()] as const;
      }),
    );
    for (const [id, body] of answers) expect(body).toEqual({ tenantId: id, injected: id });
  });

  it.each([
    [SUSPENDED, 403, 'TENANT_SUSPENDED'],
    [DELETING, 410, 'TENANT_DELETING'],
  ])('refuses a tenant that is not active: $state', async (entry, status, code) => {
    const before = counted(test, code, 'token');
    const answer = await ask(bearer(tokenFor(entry)));
    expect(answer.json()).toMatchObject({ status, code });
    expect(test.lines().at(-1)).toMatchObject({ code, tokenTenantId: entry.id });
    expect(counted(test, code, 'token')).toBe(before + 1);
    // Neither by name nor by any other way does a member of another tenant hear of it.
    for (const name of [entry.slug, entry.id, 'nobody']) {
      const foreign = await ask({ 'x-tenant': name });
      const { requestId: _, ...said } = foreign.json();
      expect(said).toEqual({
        type: 'urn:ringfence:problem:tenant-sources-disagree',
        title: expect.any(String),
        status: 403,
        code: 'TENANT_SOURCES_DISAGREE',
        detail: expect.any(String),
      });
    }
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
    expect(counted(other, 'TOKEN_INVALID', 'token')).toBe(1);
    await other.app.close();
  });

  it('fills no frame: a member is looked for first', async () => {
    const directory = { findTenant: async () => A };
    const guard = new ResolveTenantGuard(
      {
        logger: test.logger,
        verifier: { verify: () => Promise.reject(new Error('not asked')) },
        directory,
        roles: {},
      },
      new TenantDirectoryCache(directory),
      new RefusalCounts(),
    );
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

describe('an application that names its own sources', () => {
  it('hears those and no other', async () => {
    const own = await startApp([WhoController], { resolvers: [fromSubdomain('example.com')] });
    const hears = async (headers: Record<string, string>): Promise<number> =>
      (await own.app.inject({ url: '/who', headers: { ...bearer(tokenFor(A)), ...headers } }))
        .statusCode;
    expect(await hears({ 'x-tenant': 'globex' })).toBe(200);
    expect(await hears({ host: 'globex.localhost' })).toBe(200);
    expect(await hears({ host: 'globex.example.com' })).toBe(403);
    await own.app.close();
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
    for (const address of ['http://acme.localhost/who', 'http://acme.localhost:1/t/acme/who']) {
      expect(await raw(address, [...host, ...auth])).toMatchObject({ status: 200 });
    }
  });

  it.each([
    ['two Host headers', '/who', [...host, 'Host', 'globex.localhost', ...auth], 403],
    ['two tenant headers', '/who', [...host, ...auth, 'X-Tenant', 'acme', 'X-Tenant', 'acme'], 403],
    ['an address of another tenant', 'http://globex.localhost/who', [...host, ...auth], 403],
    [
      'an address of the same, with another path',
      'http://acme.localhost/t/globex/who',
      [...host, ...auth],
      403,
    ],
    ['an address of the domain of another', `http://${B_HOST}/who`, [...host, ...auth], 403],
    ['two tokens', '/who', [...host, ...auth, 'Authorization', `Bearer ${tokenFor(B)}`], 401],
    ['the same token twice', '/who', [...host, ...auth, ...auth], 401],
  ])('refuses %s', async (_case, path, headers, status) => {
    const answer = await raw(path, headers);
    // Newer versions of Node refuse a second Host header before we see it.
    expect([status, 400]).toContain(answer.status);
    expect(answer.body).not.toContain('tenantId');
  });
});

import { Body, Controller, Post, Req } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromPath, standardResolvers } from '../context/index.js';
import { ClaimedTenants } from './claimed-tenants.js';
import type { HttpRequest } from './fastify-shape.js';
import { Public } from './public.decorator.js';
import { RefusalCounts } from './refusal-counts.js';
import { A, B, ENTRIES, SUSPENDED, startApp, type TestApp } from './test-app.fixture.js';

@Controller()
class LogInController {
  constructor(private readonly claimed: ClaimedTenants) {}

  @Public('test')
  @Post('log-in')
  async logIn(@Req() request: HttpRequest, @Body() body: { tenant?: string }): Promise<object> {
    return { found: (await this.claimed.find(request, body.tenant))?.slug ?? 'nobody' };
  }
}

const HOSTS: Record<string, (typeof ENTRIES)[number]> = {
  'docs.acme.example': A,
  'www.acme.example': A,
  'docs.globex.example': B,
};
const path = fromPath('/t/:tenant');
let asked: string[] = [];
let test: TestApp;
beforeAll(async () => {
  test = await startApp(
    [LogInController],
    {
      resolvers: [...standardResolvers(), path],
      directory: {
        async findTenant(name) {
          asked.push(name);
          return HOSTS[name] ?? ENTRIES.find(({ slug, id }) => slug === name || id === name);
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

interface Said {
  readonly host?: string;
  readonly header?: string;
  readonly path?: string;
  readonly body?: string;
}

async function ask({ host = 'localhost', header, path, body }: Said) {
  const answer = await test.app.inject({
    method: 'POST',
    url: path === undefined ? '/log-in' : `/t/${path}/log-in`,
    headers: { host, ...(header === undefined ? {} : { 'x-tenant': header }) },
    payload: body === undefined ? {} : { tenant: body },
  });
  const { requestId: _, ...said } = answer.json();
  return said;
}

describe('the tenant of a request without a token', () => {
  it.each<[string, Said]>([
    ['the body', { body: 'acme' }],
    ['the body, by id', { body: A.id.toUpperCase() }],
    ['the body, by host', { body: 'docs.acme.example' }],
    ['the subdomain', { host: 'acme.localhost' }],
    ['its own domain', { host: 'docs.acme.example' }],
    ['the header', { header: 'acme' }],
    ['the path', { path: 'acme' }],
    ['subdomain and body', { host: 'acme.localhost', body: 'Acme' }],
    ['subdomain and body, by id', { host: 'acme.localhost', body: A.id }],
    ['domain and body', { host: 'docs.acme.example', body: 'acme' }],
    ['two domains', { host: 'docs.acme.example', body: 'www.acme.example' }],
    ['a host that nobody owns, and the body', { host: 'internal.example', body: 'acme' }],
    ['all of them', { host: 'acme.localhost', header: A.id, path: 'acme', body: 'acme' }],
  ])('is found by %s', async (_case, said) => {
    expect(await ask(said)).toEqual({ found: 'acme' });
  });

  it('is found in any state: the caller answers for that', async () => {
    expect(await ask({ body: SUSPENDED.slug })).toEqual({ found: SUSPENDED.slug });
  });

  it.each<[string, Said, string]>([
    ['subdomain and body', { host: 'acme.localhost', body: 'globex' }, 'subdomain'],
    ['subdomain and header', { host: 'acme.localhost', header: 'globex' }, 'subdomain'],
    ['subdomain and path', { host: 'acme.localhost', path: 'globex' }, 'subdomain'],
    ['header and path', { header: 'acme', path: 'globex' }, 'header'],
    ['header and body', { header: 'acme', body: 'globex' }, 'header'],
    ['path and body', { path: 'acme', body: 'globex' }, 'path'],
    ['two ids', { header: A.id, body: B.id }, 'header'],
    [
      'three, two of which agree',
      { host: 'acme.localhost', header: 'acme', body: 'globex' },
      'subdomain',
    ],
    ['names that nobody has', { host: 'no-one.localhost', body: 'nobody' }, 'subdomain'],
    ['a host that cannot be read', { host: 'a@b.localhost', body: 'acme' }, 'subdomain'],
    ['a path that cannot be read', { path: '%ff', body: 'acme' }, 'path'],
  ])('is refused aloud when %s contradict each other', async (_case, said, source) => {
    const before = count('TENANT_SOURCES_DISAGREE', source);
    expect(await ask(said)).toMatchObject({ status: 403, code: 'TENANT_SOURCES_DISAGREE' });
    expect(count('TENANT_SOURCES_DISAGREE', source)).toBe(before + 1);
    expect(test.lines().at(-1)).toMatchObject({ event: 'TENANT_SOURCES_DISAGREE', source });
    // Whatever the directory holds: it was not even asked.
    expect(asked).toEqual([]);
  });

  it.each<[string, Said, Said]>([
    [
      'subdomain and id',
      { host: 'acme.localhost', body: B.id },
      { host: 'acme.localhost', body: B.id.replace('b', 'c') },
    ],
    [
      'domain and slug',
      { host: 'docs.globex.example', body: 'acme' },
      { host: 'docs.globex.example', body: 'nobody' },
    ],
    [
      'slug and domain',
      { header: 'acme', body: 'docs.globex.example' },
      { header: 'acme', body: 'docs.nobody.example' },
    ],
    [
      'two domains',
      { host: 'docs.globex.example', body: 'docs.acme.example' },
      { host: 'docs.globex.example', body: 'no.example' },
    ],
  ])(
    'is nobody, without a word, when only the directory knows that %s are two',
    async (_case, said, absent) => {
      expect(await ask(said)).toEqual({ found: 'nobody' });
      const cost = asked.length;
      expect(test.logged()).toContain('A request without a token named several tenants.');
      asked = [];
      expect(await ask(absent)).toEqual({ found: 'nobody' });
      expect(asked).toHaveLength(cost);
    },
  );

  it('is nobody when the name is unknown, for the price of a known one', async () => {
    const before = count('TENANT_UNKNOWN', 'body');
    expect(await ask({ body: 'nobody' })).toEqual({ found: 'nobody' });
    expect(asked).toEqual(['nobody']);
    expect(count('TENANT_UNKNOWN', 'body')).toBe(before + 1);
    for (let n = 0; n < 2; n += 1) await ask({ body: 'acme' });
    // Never remembered: a sooner answer would tell that somebody asked before.
    expect(asked).toEqual(['nobody', 'acme', 'acme']);
  });

  it('must be named by something', async () => {
    for (const host of ['localhost', '127.0.0.1', 'internal.example']) {
      expect(await ask({ host })).toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: [{ pointer: '/tenant', message: expect.any(String) }],
      });
    }
  });

  it('never makes a counter of its own', async () => {
    const counters = test.app.get(RefusalCounts).read().length;
    for (let n = 0; n < 20; n += 1) await ask({ body: `nobody-${n}` });
    expect(test.app.get(RefusalCounts).read()).toHaveLength(counters);
  });
});

function count(reason: string, source: string): number {
  const counts = test.app.get(RefusalCounts).read();
  return counts.find((each) => each.reason === reason && each.source === source)?.count ?? 0;
}

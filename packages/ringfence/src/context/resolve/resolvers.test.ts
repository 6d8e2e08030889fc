import { describe, expect, it } from 'vitest';
import { fromCustomDomain } from './from-custom-domain.js';
import { fromHeader } from './from-header.js';
import { fromPath } from './from-path.js';
import { fromSubdomain } from './from-subdomain.js';
import { claimedName, mayBeOneTenant } from './names-of-one-tenant.js';
import { standardResolvers } from './standard-resolvers.js';
import { claimsOf, type RequestHead, type TenantResolver } from './tenant-claim.js';

const A = 'aaaaaaaa-0000-4000-8000-00000000000a';
const B = 'bbbbbbbb-0000-4000-8000-00000000000b';

const host = (...hosts: string[]): RequestHead => ({
  rawHeaders: hosts.flatMap((each) => ['Host', each]),
  url: '/',
});
const said = (resolver: TenantResolver, request: RequestHead): (string | undefined)[] =>
  resolver.claims(request).map(claimedName);

describe('fromSubdomain', () => {
  const resolver = fromSubdomain('localhost', 'Example.com', 'app.example.com');

  it.each([
    ['acme.localhost', 'acme'],
    ['ACME.Example.COM', 'acme'],
    ['acme.localhost:3000', 'acme'],
    ['acme.localhost:', 'acme'],
    ['acme.localhost.', 'acme'],
    ['acme.localhost.:80', 'acme'],
    ['acme.app.example.com', 'acme'],
    ['a.b.example.com', 'a.b'],
    ['xn--bcher-kva.example.com', 'xn--bcher-kva'],
  ])('reads %s as %s', (name, tenant) => {
    expect(resolver.claims(host(name))).toEqual([{ source: 'subdomain', name: tenant }]);
  });

  it.each([
    'localhost',
    'app.example.com',
    'example.com.',
    'acme.example.org',
    'notexample.com',
    'acme',
    '127.0.0.1',
    '127.0.0.1:80',
    '[::1]',
    '[::1]:3000',
    '',
  ])('hears nobody in %j', (name) => {
    expect(resolver.claims(host(name))).toEqual([]);
  });

  it.each([
    'acme@globex.localhost',
    'acme.localhost, globex.localhost',
    'globex.localhost..',
    '[::1',
    'bücher.example.com',
    '.localhost',
    'acme..localhost',
    'acme.localhost:80:80',
    'acme.localhost:port',
    'acme localhost',
    `${'a'.repeat(64)}.localhost`,
    'acme%2elocalhost',
    'acme.localhost\u0000',
    '-.localhost',
    `${'a.'.repeat(130)}localhost`,
  ])('cannot read %j', (name) => {
    expect(said(resolver, host(name))).toEqual([undefined]);
  });

  it('cannot read two, be they alike', () => {
    expect(said(resolver, host('acme.localhost', 'acme.localhost'))).toEqual([undefined]);
  });

  it('hears all of Host, :authority and an absolute target', () => {
    const request = {
      rawHeaders: ['Host', 'a.localhost', ':authority', 'b.localhost:8443'],
      url: 'HTTP://c.localhost:1/x?@d.localhost',
    };
    expect(said(resolver, request)).toEqual(['a', 'b', 'c']);
  });

  it('hears the target that was sent, not the one that a rewrite left', () => {
    const request = { rawHeaders: [], url: '/', originalUrl: 'http://c.localhost/' };
    expect(said(resolver, request)).toEqual(['c']);
  });

  it.each(['X-Forwarded-Host', 'X-Host', 'X-Original-Host', 'Forwarded', 'X-Original-URL'])(
    'does not hear %s',
    (name) => {
      const request = { rawHeaders: [name, 'host=globex.localhost'], url: '/' };
      expect(claimsOf(request, standardResolvers())).toEqual([]);
    },
  );
});

describe('fromCustomDomain', () => {
  const resolver = fromCustomDomain('example.com');

  it.each([
    ['docs.acme.example', 'docs.acme.example'],
    ['DOCS.Acme.Example.:443', 'docs.acme.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ])('asks the directory about %s', (name, asked) => {
    expect(resolver.claims(host(name))).toEqual([{ source: 'custom-domain', host: asked }]);
  });

  it.each([
    // A slug or an id as the host would let the directory tell which tenants there are.
    'globex',
    'globex.:80',
    B,
    'example.com',
    'acme.example.com',
    '10.0.0.1',
    '[fe80::1]',
    '',
  ])('asks nothing about %j', (name) => {
    expect(resolver.claims(host(name))).toEqual([]);
  });

  it('cannot read what is no host, or two of them', () => {
    expect(said(resolver, host('a@b.example'))).toEqual([undefined]);
    expect(said(resolver, host('b.example', 'b.example'))).toEqual([undefined]);
  });
});

describe('fromHeader', () => {
  const resolver = fromHeader('X-Tenant');
  const sent = (...values: string[]): RequestHead => ({
    rawHeaders: values.flatMap((value) => ['x-TENANT', value]),
  });

  it.each([
    ['acme', 'acme'],
    [' Acme ', 'acme'],
    [A.toUpperCase(), A],
    ['', ''],
    ['acme, globex', 'acme, globex'],
  ])('reads %j as %j', (value, name) => {
    expect(said(resolver, sent(value))).toEqual([name]);
  });

  it('cannot read what is longer than any name', () => {
    expect(said(resolver, sent('a'.repeat(254)))).toEqual([undefined]);
  });

  it('hears nobody without it, and cannot read two', () => {
    expect(resolver.claims(sent())).toEqual([]);
    expect(said(resolver, sent('acme', 'acme'))).toEqual([undefined]);
  });
});

describe('fromPath', () => {
  const resolver = fromPath('/t/:tenant');

  it.each([
    ['/t/acme', 'acme', '/'],
    ['/t/acme/', 'acme', '/'],
    ['/t/acme/documents/1?limit=1', 'acme', '/documents/1?limit=1'],
    ['/t/acme?limit=1', 'acme', '/?limit=1'],
    ['/t/ACME/x', 'acme', '/x'],
    ['/t/%61cme/x', 'acme', '/x'],
    ['/t/acme%2Fglobex/x', 'acme/globex', '/x'],
    ['/t/acme;globex/x', 'acme;globex', '/x'],
    ['/t/../x', '..', '/x'],
    ['/t/acme/t/globex/x', 'acme', '/t/globex/x'],
    ['http://acme.localhost/t/globex/x', 'globex', 'http://acme.localhost/x'],
    ['HTTPS://acme.localhost:1/t/globex?x', 'globex', 'HTTPS://acme.localhost:1/?x'],
    [`/t/${B}//x`, B, '//x'],
  ])('reads %s as %s and leaves %s', (url, tenant, rest) => {
    expect(said(resolver, { rawHeaders: [], url })).toEqual([tenant]);
    expect(resolver.strip(url)).toBe(rest);
  });

  it.each([
    '/',
    '/documents',
    '/t',
    '/t/',
    '/t//x',
    '/T/acme/x',
    '//t/acme/x',
    '/%74/acme/x',
    '/x/t/acme',
    '/documents?next=/t/acme/x',
    '*',
    '',
  ])('hears nobody in %j and leaves it as it is', (url) => {
    expect(resolver.claims({ rawHeaders: [], url })).toEqual([]);
    expect(resolver.strip(url)).toBe(url);
  });

  it.each(['/t/%/x', '/t/%ff/x', '/t/%c0%af/x'])('cannot read %s', (url) => {
    expect(said(resolver, { rawHeaders: [], url })).toEqual([undefined]);
  });

  it('reads the target that was sent', () => {
    expect(said(resolver, { rawHeaders: [], originalUrl: '/t/acme/x', url: '/x' })).toEqual([
      'acme',
    ]);
  });

  it.each(['', '/', ':tenant', '/t/:id', '/t/:tenant/x', '/t.*/:tenant', 't/:tenant'])(
    'refuses the pattern %j',
    (pattern) => {
      expect(() => fromPath(pattern)).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
      );
    },
  );

  it('takes a longer one, and none at all', () => {
    expect(fromPath('/api/v1/t/:tenant').strip('/api/v1/t/acme/x')).toBe('/x');
    expect(fromPath('/:tenant').strip('/acme/x')).toBe('/x');
  });
});

describe('mayBeOneTenant', () => {
  it.each([
    ['acme', 'acme', true],
    ['acme', 'globex', false],
    [A, A, true],
    [A, B, false],
    ['acme', A, true],
    ['acme', 'docs.acme.example', true],
    ['docs.acme.example', 'www.acme.example', true],
    ['docs.acme.example', B, true],
  ])('%s and %s: %s', (one, other, may) => {
    expect(mayBeOneTenant(one, other)).toBe(may);
    expect(mayBeOneTenant(other, one)).toBe(may);
  });
});

import { DiscoveryService } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testKeyFiles } from '../../test/server-app.fixture.js';
import { readConfig } from '../config.js';
import { createApp } from '../create-app.js';
import { PERMISSIONS } from '../permissions.js';
import { ApiDocument } from './api-document.js';
import { type DeclaredRoute, listRoutes } from './list-routes.js';

let app: NestFastifyApplication;
let routes: DeclaredRoute[];
const reached = new Set<string>();

beforeAll(async () => {
  const config = readConfig({
    // Nobody listens there: describing the API needs no database.
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing',
    ...(await testKeyFiles()),
  });
  app = await createApp(config, pino({ level: 'silent' }));
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }: { method: string | string[]; url: string }) => {
      for (const each of [method].flat()) reached.add(`${each} ${url.replace(/:(\w+)/g, '{$1}')}`);
    });
  await app.init();
  routes = listRoutes(app.get(DiscoveryService, { strict: false }));
});
afterAll(() => app?.close());

const document = () => app.get(ApiDocument).document;
const name = ({ method, path }: DeclaredRoute): string => `${method} ${path}`;

/** Who may use a route, in words; a route that says nothing has none. */
function accessOf({ access }: DeclaredRoute): string {
  if (access.kind === 'permission')
    return access.permissions.map((each) => `\`${each}\``).join(', ');
  if (access.kind === 'undeclared') throw new Error('The application should not have started.');
  expect(access.reason).toMatch(/\w+ \w+/);
  return `${access.kind === 'public' ? 'anybody' : 'any member'}: ${access.reason}`;
}

describe('the routes', () => {
  it('are all of those that Fastify answers', () => {
    const served = [...reached].filter((route) => !/^(HEAD|OPTIONS) |\*/.test(route));
    expect(routes.map(name).sort()).toEqual(served.sort());
  });

  it('each say who may use them, and docs/routes.md says it as well', async () => {
    expect(routes.length).toBeGreaterThan(20);
    const rows = routes.map((route) => `| \`${name(route)}\` | ${accessOf(route)} |`).sort();
    const page = `# Who may use which route

Written by apps/server/src/openapi/openapi.test.ts from the decorators of the routes. What the names mean
stands in [permissions.md](permissions.md).

| route | who |
| --- | --- |
${rows.join('\n')}
`;
    await expect(page).toMatchFileSnapshot('../../../../docs/routes.md');
  });

  it('name permissions that exist, and every permission is of use', () => {
    const named = routes.flatMap(({ access }) =>
      access.kind === 'permission' ? access.permissions : [],
    );
    expect([...new Set(named)].sort()).toEqual([...PERMISSIONS.names].sort());
  });

  it('that anybody may use are these', () => {
    const open = routes.filter(({ access }) => access.kind === 'public').map(name);
    expect(open.sort()).toEqual([
      'GET /',
      'GET /account',
      'GET /dev/outbox',
      'GET /docs',
      'GET /healthz',
      'GET /openapi.json',
      'GET /readyz',
      'POST /auth/login',
      'POST /auth/logout',
      'POST /auth/refresh',
      'POST /email-verifications/confirm',
      'POST /invitations/accept',
      'POST /password-resets',
      'POST /password-resets/confirm',
      'POST /registrations',
    ]);
  });
});

describe('the OpenAPI document', () => {
  it('says of every route which permissions it needs, and asks for a token unless it is public', () => {
    for (const route of routes) {
      const { access, method, path } = route;
      const item = document().paths[path] as Record<string, Record<string, unknown>>;
      const operation = item?.[method.toLowerCase()] ?? {};
      const needed = access.kind === 'permission' ? access.permissions : undefined;
      expect(operation['x-required-permissions'], name(route)).toEqual(needed);
      const security = access.kind === 'public' ? undefined : [{ bearer: [] }];
      expect(operation.security, name(route)).toEqual(security);
    }
  });

  it('is the committed one', async () => {
    await expect(`${JSON.stringify(document(), null, 2)}\n`).toMatchFileSnapshot(
      '../../openapi.json',
    );
  });

  it('refers to nothing that is not in it', () => {
    const references = JSON.stringify(document()).matchAll(/"\$ref":"([^"]*)"/g);
    const known = Object.keys(document().components?.schemas ?? {});
    const found = new Set([...references].map(([, target]) => target));
    expect(found.size).toBeGreaterThan(10);
    for (const target of found) {
      expect(known.map((schema) => `#/components/schemas/${schema}`)).toContain(target);
    }
    expect(document().components?.schemas?.Problem).toHaveProperty('properties.requestId');
  });

  it('shows neither tenant ids nor password hashes', () => {
    expect(JSON.stringify(document())).not.toMatch(/tenantId|passwordHash/);
  });
});

describe('the page of the API', () => {
  it('names every operation and loads nothing', async () => {
    const { body, headers } = await app.inject('/docs');
    for (const [path, item] of Object.entries(document().paths)) {
      for (const method of Object.keys(item)) {
        expect(body).toContain(`<code>${method.toUpperCase()}</code> <code>${path}</code>`);
      }
    }
    expect(body).not.toMatch(/<script|<link|<img|src=|https?:/);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
  });

  it('stands beside the document itself and the front page', async () => {
    const json = await app.inject('/openapi.json');
    expect(json.json()).toEqual(JSON.parse(JSON.stringify(document())));
    const front = await app.inject('/');
    expect(front.statusCode).toBe(200);
    expect(front.body).toContain('href="/docs"');
    expect(front.headers['content-security-policy']).toMatch(/^default-src 'none'/);
  });
});

import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../context/index.js';
import { RingfenceError } from '../errors/index.js';
import type { RateLimitDecision } from '../limits/index.js';
import { AnyMember } from './any-member.decorator.js';
import { CurrentActor } from './current-actor.decorator.js';
import { Public } from './public.decorator.js';
import { RequirePermission } from './require-permission.decorator.js';
import { routeAccess } from './route-access.js';
import { RouteClass } from './route-class.decorator.js';
import type { TenantEntry } from './tenancy-options.js';
import { A, B, bearer, startApp, type TestApp, tokenFor } from './test-app.fixture.js';

@Controller('notes')
class NotesController {
  @RequirePermission('note.create')
  @Get('create/:id')
  create(@CurrentActor() actor: Actor): object {
    return actor;
  }

  @AnyMember('test')
  @RouteClass('export')
  @Get('anybody')
  anybody(): string {
    return 'anybody';
  }
}

@Public('a public corner')
@Controller('public')
class PublicController {
  @Get('open')
  open(): string {
    return 'open';
  }

  @RequirePermission('note.read')
  @Get('closed')
  closed(): string {
    return 'closed';
  }
}

@RequirePermission('note.read')
@Controller('strict')
class StrictController {
  @RequirePermission('note.create')
  @Get('both')
  both(): string {
    return 'both';
  }

  @Get('inherited')
  inherited(): string {
    return 'inherited';
  }

  @Public('test')
  @AnyMember('test')
  @RequirePermission('note.create')
  @Get('torn')
  torn(): string {
    return 'torn';
  }

  @AnyMember('test')
  @Get('relaxed')
  relaxed(): string {
    return 'relaxed';
  }

  @Public('test')
  @Get('opened')
  opened(): string {
    return 'opened';
  }
}

const STANDING: RateLimitDecision = {
  allowed: true,
  policy: 'tenant-burst',
  limit: 10,
  remaining: 9,
  resetSeconds: 0.4,
  policies: [
    { name: 'tenant-burst', requests: 10, seconds: 1 },
    { name: 'user-sustained', requests: 300, seconds: 60 },
  ],
};
let decision: RateLimitDecision | undefined | RingfenceError;
let taken: object[] = [];
let test: TestApp;
beforeAll(async () => {
  test = await startApp([NotesController, PublicController, StrictController], {
    limiter: {
      async take(key) {
        taken.push(key);
        if (decision instanceof RingfenceError) throw decision;
        return decision;
      },
    },
  });
});
afterAll(() => test.app.close());
beforeEach(() => {
  taken = [];
  decision = STANDING;
});
const ask = (url: string, role?: string) =>
  test.app.inject({ url, headers: role === undefined ? {} : bearer(tokenFor(A, role)) });

describe('require permission', () => {
  it.each([
    ['/notes/create/1', 'member', 200],
    ['/notes/create/1', 'viewer', 403],
    ['/notes/create/1', 'nobody', 403],
    ['/notes/create/1', 'constructor', 403],
    ['/notes/create/1', '__proto__', 403],
    ['/notes/create/1', '', 403],
    ['/notes/create/1', undefined, 401],
    ['/notes/anybody', 'nobody', 200],
    ['/notes/anybody', undefined, 401],
    ['/public/open', undefined, 200],
    ['/public/closed', undefined, 401],
    ['/public/closed', 'viewer', 200],
    ['/strict/both', 'viewer', 403],
    ['/strict/both', 'member', 200],
    ['/strict/inherited', 'viewer', 200],
    ['/strict/inherited', 'nobody', 403],
    ['/strict/relaxed', 'nobody', 200],
    ['/strict/relaxed', undefined, 401],
    ['/strict/opened', undefined, 200],
    ['/strict/torn', undefined, 401],
    ['/strict/torn', 'viewer', 403],
  ])('%s as %s: %i', async (url, role, status) => {
    const answer = await ask(url, role);
    expect(answer.statusCode).toBe(status);
    if (status === 403) expect(answer.json().code).toBe('PERMISSION_DENIED');
    if (status === 401) expect(answer.json().code).toBe('AUTHENTICATION_REQUIRED');
  });

  it('gives the actor to the handler', async () => {
    const actor = { kind: 'user', id: 'acme-user', sessionId: 's1', role: 'member' };
    expect((await ask('/notes/create/1', 'member')).json()).toEqual(actor);
  });

  it('can be read off a route', () => {
    const { prototype } = StrictController;
    expect(routeAccess(prototype.both, StrictController)).toEqual({
      kind: 'permission',
      permissions: ['note.read', 'note.create'],
    });
    expect(routeAccess(prototype.opened, StrictController)).toEqual({
      kind: 'public',
      reason: 'test',
    });
    expect(routeAccess(NotesController.prototype.anybody, NotesController)).toEqual({
      kind: 'any-member',
      reason: 'test',
    });
    expect(routeAccess(class {}.prototype.constructor, class {})).toEqual({ kind: 'undeclared' });
  });
});

const actorOf = ({ slug }: TenantEntry): Actor => ({
  kind: 'user',
  id: `${slug}-user`,
  sessionId: 's1',
  role: 'member',
});

describe('limit rate', () => {
  it('counts per tenant, actor, route pattern and class of route, and says where the client stands', async () => {
    const answer = await ask('/notes/create/7', 'member');
    await test.app.inject({ url: '/notes/anybody', headers: bearer(tokenFor(B)) });
    expect(taken).toEqual([
      {
        tenantId: A.id,
        actor: actorOf(A),
        route: 'GET /notes/create/:id',
        routeClass: 'read',
      },
      { tenantId: B.id, actor: actorOf(B), route: 'GET /notes/anybody', routeClass: 'export' },
    ]);
    expect(answer.headers).toMatchObject({
      'ratelimit-policy': '"tenant-burst";q=10;w=1, "user-sustained";q=300;w=60',
      ratelimit: '"tenant-burst";r=9;t=1',
      'ratelimit-limit': '10',
      'ratelimit-remaining': '9',
      'ratelimit-reset': '1',
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  it('refuses with the time to wait, before permissions are looked at', async () => {
    decision = { ...STANDING, allowed: false, remaining: -1, resetSeconds: 7.2 };
    const answer = await ask('/notes/create/7', 'viewer');
    expect(answer.json()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(answer.headers).toMatchObject({
      'retry-after': '8',
      'ratelimit-remaining': '0',
      ratelimit: '"tenant-burst";r=0;t=8',
    });
    expect(test.lines().at(-1)).toMatchObject({ tenantId: A.id, status: 429 });
  });

  it('lets pass what the limiter says nothing about, without headers', async () => {
    decision = undefined;
    const answer = await ask('/notes/create/7', 'member');
    expect(answer.statusCode).toBe(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });

  it('says when to come again while nothing can be counted', async () => {
    decision = new RingfenceError('RATE_LIMITER_UNAVAILABLE');
    const answer = await ask('/notes/create/7', 'member');
    expect(answer.json()).toMatchObject({ status: 503, code: 'RATE_LIMITER_UNAVAILABLE' });
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('does not count for a tenant that only a header names', async () => {
    const answer = await test.app.inject({
      url: '/notes/anybody',
      headers: { ...bearer(tokenFor(A, 'member')), 'x-tenant': B.slug },
    });
    expect(answer.json().code).toBe('TENANT_SOURCES_DISAGREE');
    expect(taken).toEqual([]);
  });

  it('does not count requests without a tenant', async () => {
    await ask('/public/open');
    await ask('/notes/anybody');
    expect(taken).toEqual([]);
  });
});

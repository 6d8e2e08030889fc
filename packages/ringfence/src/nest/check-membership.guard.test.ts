import http from 'node:http';
import { Socket } from 'node:net';
import { Controller, Get } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Actor,
  maybeTenant,
  newFrame,
  runInFrame,
  type TenantContext,
  tenantContext,
} from '../context/index.js';
import { AnyMember } from './any-member.decorator.js';
import { CheckMembershipGuard } from './check-membership.guard.js';
import { CurrentActor } from './current-actor.decorator.js';
import { MemberCache } from './member-cache.js';
import { Public } from './public.decorator.js';
import { recordOf } from './request-state.js';
import { RequirePermission } from './require-permission.decorator.js';
import { TenancyChanges } from './tenancy-changes.js';
import type { MemberEntry } from './tenancy-options.js';
import { A, B, bearer, startApp, type TestApp, tokenFor } from './test-app.fixture.js';

@Controller('notes')
class NotesController {
  @RequirePermission('note.create')
  @Get('create')
  create(@CurrentActor() actor: Actor): object {
    return actor;
  }

  @AnyMember('test')
  @Get('any')
  any(): string {
    return 'any';
  }

  @Public('test')
  @Get('public')
  public(): string {
    return 'public';
  }
}

const members = new Map<string, MemberEntry>();
const asked: TenantContext[] = [];
const findMember = vi.fn(async (tenant: TenantContext) => {
  asked.push(tenant);
  expect(maybeTenant()).toBeUndefined();
  return members.get(tenant.tenantId);
});
let cache: MemberCache;
let test: TestApp;

beforeEach(async () => {
  asked.length = 0;
  findMember.mockClear();
  members.clear();
  members.set(A.id, { role: 'writer', permissions: ['note.create'] });
  cache = new MemberCache({ findMember });
  test = await startApp([NotesController], { members: cache });
});
afterEach(() => test.app.close());
const ask = (url: string, tenant = A, role = 'member') =>
  test.app.inject({ url, headers: bearer(tokenFor(tenant, role)) });

describe('check membership', () => {
  it('gives the actor the role and the permissions of the directory, not of the token', async () => {
    const answer = await ask('/notes/create', A, 'viewer');
    expect(answer.json()).toMatchObject({ role: 'writer', permissions: ['note.create'] });
    members.set(A.id, { role: 'reader', permissions: ['note.read'] });
    cache.clear();
    expect((await ask('/notes/create', A, 'owner')).json().code).toBe('PERMISSION_DENIED');
    expect((await ask('/notes/any')).statusCode).toBe(200);
  });

  it('refuses somebody who is no member, and says so to the log', async () => {
    expect((await ask('/notes/any', A)).statusCode).toBe(200);
    for (const url of ['/notes/any', '/notes/create']) {
      const answer = await ask(url, B);
      expect(answer.json()).toMatchObject({ status: 401, code: 'ACCESS_WITHDRAWN' });
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    }
    expect(test.lines().at(-1)).toMatchObject({
      event: 'ACCESS_WITHDRAWN',
      withdrawnTenantId: B.id,
    });
  });

  it('asks nobody on a public route', async () => {
    expect((await ask('/notes/public')).statusCode).toBe(200);
    expect(asked).toEqual([]);
  });

  it('asks once for requests of one actor, and for each of the tenants', async () => {
    members.set(B.id, { role: 'writer', permissions: ['note.create'] });
    const answers = await Promise.all([A, A, A, B, B].map((tenant) => ask('/notes/any', tenant)));
    for (const { statusCode } of answers) expect(statusCode).toBe(200);
    expect(asked.map(({ tenantId }) => tenantId).sort()).toEqual([A.id, B.id]);
  });

  it('fails, and lets nobody through, when the directory cannot be asked', async () => {
    findMember.mockRejectedValueOnce(new Error('away'));
    expect((await ask('/notes/any')).statusCode).toBe(500);
    expect((await ask('/notes/any')).statusCode).toBe(200);
  });

  it('holds no permission of the token’s role when the directory gives none', async () => {
    members.set(A.id, { role: 'member', permissions: [] });
    expect((await ask('/notes/create', A, 'member')).json().code).toBe('PERMISSION_DENIED');
  });
});

it('fills no frame but the one of its request', async () => {
  const options = {
    logger: test.logger,
    verifier: { verify: () => Promise.reject(new Error('not asked')) },
    directory: { findTenant: async () => A },
  };
  const guard = new CheckMembershipGuard(options, new TenancyChanges(options));
  const raw = new http.IncomingMessage(new Socket());
  const context = new ExecutionContextHost(
    [{ raw }, {}],
    NotesController,
    NotesController.prototype.any,
  );
  const record = recordOf(raw);
  record.resolved = tenantContext(A.id, { kind: 'system', reason: 'test' });
  const stray = newFrame();
  await expect(runInFrame(stray, () => guard.canActivate(context))).rejects.toMatchObject({
    code: 'TENANT_CONTEXT_MISSING',
  });
  expect([stray.tenant, record.frame.tenant]).toEqual([undefined, undefined]);
  await runInFrame(record.frame, () => guard.canActivate(context));
  expect(record.frame.tenant?.tenantId).toBe(A.id);
});

describe('without a directory of members', () => {
  it('the role of the token counts', async () => {
    const plain = await startApp([NotesController]);
    const create = async (role: string) => {
      const headers = bearer(tokenFor(A, role));
      return (await plain.app.inject({ url: '/notes/create', headers })).statusCode;
    };
    expect([await create('member'), await create('viewer')]).toEqual([200, 403]);
    await plain.app.close();
  });
});

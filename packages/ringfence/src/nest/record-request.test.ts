import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { markRowTenant } from '../context/index.js';
import type { RequestRecord } from '../telemetry/index.js';
import { AnyMember } from './any-member.decorator.js';
import { Public } from './public.decorator.js';
import { RequirePermission } from './require-permission.decorator.js';
import { A, B, bearer, startApp, type TestApp, tokenFor } from './test-app.fixture.js';

const notes = [1, 2, 3].map((number) => markRowTenant({ number }, A.id));

@AnyMember('test')
@Controller()
class NotesController {
  @Get('notes/:id')
  notes(): object {
    return { items: notes, next: null };
  }

  @RequirePermission('note.delete')
  @Get('forbidden')
  forbidden(): string {
    return 'ok';
  }

  @Get('leak')
  leak(): object {
    return [...notes, markRowTenant({ number: 4 }, B.id)];
  }

  @Public('test')
  @Get('broken')
  broken(): never {
    throw new Error('a secret');
  }
}

const seen: RequestRecord[] = [];
let test: TestApp;
let app: INestApplication;
beforeAll(async () => {
  test = await startApp([NotesController], {
    clientAddress: ({ headers }) => headers['x-real']?.toString(),
    observers: [
      {
        observe: () => {
          throw new Error('an observer with a fault');
        },
      },
      { observe: (record) => seen.push(record) },
    ],
  });
  app = test.app;
});
afterAll(() => app?.close());
beforeEach(() => {
  seen.length = 0;
});

async function recordOf(url: string, headers: object = {}): Promise<RequestRecord> {
  await test.app.inject({ url, headers: { 'x-real': '203.0.113.9', ...headers } });
  await sleep(0);
  expect(seen).toHaveLength(1);
  return seen[0] as RequestRecord;
}

const actor = { kind: 'user', id: 'acme-user' };

describe('the record of a request', () => {
  it('says who did what, how it ended, and how much came back', async () => {
    const before = Date.now();
    const record = await recordOf('/notes/7?q=secret', bearer(tokenFor(A)));
    expect(record).toEqual({
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      tenantId: A.id,
      actor,
      token: { tenantId: A.id, actor },
      method: 'GET',
      route: '/notes/:id',
      target: expect.stringMatching(/^[\w-]{16}$/),
      status: 200,
      brokenOff: false,
      startedAt: expect.any(Number),
      durationMs: expect.any(Number),
      rows: 3,
      network: '203.0.113.0/24',
    });
    expect(record.startedAt).toBeGreaterThan(before - 1000);
    expect(record.startedAt).toBeLessThan(Date.now() + 1000);
  });

  it('tells the same thing from another one, without saying which', async () => {
    const target = async (url: string): Promise<string | undefined> => {
      seen.length = 0;
      return (await recordOf(url, bearer(tokenFor(A)))).target;
    };
    const seven = await target('/notes/7');
    expect(await target('/notes/7?page=2')).toBe(seven);
    expect(await target('/notes/8')).not.toBe(seven);
    expect(await target('/forbidden')).toBeUndefined();
  });

  it('says that an actor may change who may do what', async () => {
    const owner = await recordOf('/notes/7', bearer(tokenFor(A, 'owner')));
    expect(owner.actor).toEqual({ ...actor, privileged: true });
  });

  it('of a refused one says whose token it was, and in what tenant nobody was', async () => {
    const record = await recordOf('/notes/7', { ...bearer(tokenFor(A)), 'x-tenant': B.slug });
    expect(record).toMatchObject({
      status: 403,
      code: 'TENANT_SOURCES_DISAGREE',
      event: 'TENANT_SOURCES_DISAGREE',
      evidence: { source: 'header', tokenTenantId: A.id },
      token: { tenantId: A.id, actor },
    });
    expect(record).not.toHaveProperty('tenantId');
    expect(record).not.toHaveProperty('rows');
  });

  it('of one without a permission has its tenant and no event', async () => {
    const record = await recordOf('/forbidden', bearer(tokenFor(A)));
    expect(record).toMatchObject({ status: 403, code: 'PERMISSION_DENIED', tenantId: A.id, actor });
    expect(record).not.toHaveProperty('event');
  });

  it('of a stopped answer names the tenant of the row', async () => {
    expect(await recordOf('/leak', bearer(tokenFor(A)))).toMatchObject({
      status: 500,
      event: 'EGRESS_VIOLATION',
      evidence: { rowTenantId: B.id },
    });
  });

  it('of a failure says its kind and place, and not what it said', async () => {
    const record = await recordOf('/broken');
    expect(record).toMatchObject({
      status: 500,
      code: 'INTERNAL',
      error: { type: 'RingfenceError' },
    });
    expect(JSON.stringify(record)).not.toContain('secret');
  });

  it('of an address that nothing answers has no route', async () => {
    expect(await recordOf('/nowhere/secret')).toMatchObject({ route: null, code: 'NOT_FOUND' });
  });

  it('reaches the others when one observer fails, and that is logged', async () => {
    const before = test.logged().length;
    const { requestId } = await recordOf('/notes/7', bearer(tokenFor(A)));
    const lines = test
      .logged()
      .slice(before)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { msg: 'request', requestId, status: 200 },
      { msg: 'An observer of requests failed.', requestId, error: { type: 'Error' } },
    ]);
    expect(JSON.stringify(lines)).not.toContain('with a fault');
  });
});

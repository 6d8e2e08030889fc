import { existsSync, readFileSync } from 'node:fs';
import { Body, Controller, Post } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AnyMember } from './any-member.decorator.js';
import { AuthenticateGuard } from './authenticate.guard.js';
import { CheckMembershipGuard } from './check-membership.guard.js';
import type { BodyHook, HttpHook } from './fastify-shape.js';
import { LimitRateGuard } from './limit-rate.guard.js';
import { ProblemFilter } from './problem.filter.js';
import { REQUEST_PATH } from './request-path.js';
import { RequirePermissionGuard } from './require-permission.guard.js';
import { ResolveTenantGuard } from './resolve-tenant.guard.js';
import { A, bearer, startApp, type TestApp, tokenFor } from './test-app.fixture.js';
import { ValidateRequestPipe } from './validate-request.pipe.js';

const ROOT = new URL('../../../../', import.meta.url);
const run = vi.hoisted((): string[] => []);

vi.mock('./open-context.js', async (original) => {
  const real = await original<typeof import('./open-context.js')>();
  const openContext: HttpHook = (...args) => {
    run.push('open context');
    real.openContext(...args);
  };
  return { ...real, openContext };
});

vi.mock('./check-egress.js', async (original) => {
  const real = await original<typeof import('./check-egress.js')>();
  const checkEgress: typeof real.checkEgress = (...args) => {
    run.push('egress check');
    return real.checkEgress(...args);
  };
  const checkEgressAtResponse: BodyHook = (...args) => {
    run.push('response');
    real.checkEgressAtResponse(...args);
  };
  return { checkEgress, checkEgressAtResponse };
});

@AnyMember('test')
@Controller()
class PathController {
  @Post('notes')
  create(@Body() body: { fail?: boolean }): object {
    run.push('controller');
    if (body.fail) throw new Error('fails');
    return { id: 1 };
  }
}

/** Writes down when a station's method begins, and lets it do its work. */
function note(station: string, prototype: object, method: string): void {
  type Methods = Record<string, (...args: unknown[]) => unknown>;
  const original = (prototype as Methods)[method];
  vi.spyOn(prototype as Methods, method).mockImplementation(function (this: unknown, ...args) {
    run.push(station);
    return original?.apply(this, args);
  });
}

async function startNotedApp(): Promise<TestApp> {
  note('authenticate', AuthenticateGuard.prototype, 'canActivate');
  note('resolve tenant', ResolveTenantGuard.prototype, 'canActivate');
  note('check membership', CheckMembershipGuard.prototype, 'canActivate');
  note('limit rate', LimitRateGuard.prototype, 'canActivate');
  note('require permission', RequirePermissionGuard.prototype, 'canActivate');
  note('validate request', ValidateRequestPipe.prototype, 'transform');
  note('problem filter', ProblemFilter.prototype, 'catch');
  const test = await startApp([PathController]);
  note('record request', test.logger, 'info');
  note('record request', test.logger, 'error');
  run.length = 0;
  return test;
}

/** What the database tests drive: the way from the verb to the row and back. */
const INSIDE = ['feature verb', 'tenant-scoped client', 'bind + query', 'policy', 'row'];
const STATIONS = REQUEST_PATH.map(({ station }) => station).filter(
  (station) => !INSIDE.includes(station),
);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the request path', () => {
  it('is the same in the documentation', () => {
    const page = readFileSync(new URL('docs/request-path.md', ROOT), 'utf8');
    const rows = page.split('\n').filter((line) => /^\| .* \| \S+\.ts \|/.test(line));
    expect(rows).toEqual(
      REQUEST_PATH.map(({ station, file, what }) => `| ${station} | ${file} | ${what} |`),
    );
  });

  it.each(REQUEST_PATH)('$station stands in $file', ({ file }) => {
    expect(existsSync(new URL(file, ROOT))).toBe(true);
  });

  it.each([
    ['a good request', {}, (station: string) => station !== 'problem filter'],
    [
      'a failing one',
      { fail: true },
      (station: string) => station !== 'egress check' && station !== 'response',
    ],
  ])('is the way of %s', async (_case, payload, passed) => {
    const { app } = await startNotedApp();
    await app.inject({ method: 'POST', url: '/notes', headers: bearer(tokenFor(A)), payload });
    expect(run).toEqual(STATIONS.filter(passed));
    await app.close();
  });

  it('ends at the first station that refuses', async () => {
    const { app } = await startNotedApp();
    await app.inject({ method: 'POST', url: '/notes', payload: {} });
    expect(run).toEqual(['open context', 'authenticate', 'problem filter', 'record request']);
    run.length = 0;
    const headers = { 'content-type': 'application/json' };
    await app.inject({ method: 'POST', url: '/notes', headers, payload: '{' });
    expect(run).toEqual(['open context', 'problem filter', 'record request']);
    await app.close();
  });
});

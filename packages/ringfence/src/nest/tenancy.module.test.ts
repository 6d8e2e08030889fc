import { Controller, Get, Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Actor, TenantContext } from '../context/index.js';
import { AnyMember } from './any-member.decorator.js';
import { CurrentActor } from './current-actor.decorator.js';
import { Public } from './public.decorator.js';
import { TenancyModule } from './tenancy.module.js';
import type { TenancyOptions } from './tenancy-options.js';
import { Tenant } from './tenant.decorator.js';
import { A, bearer, tokenFor } from './test-app.fixture.js';

const ROLES = Symbol('roles');

@Module({ providers: [{ provide: ROLES, useValue: { member: [] } }], exports: [ROLES] })
class RolesModule {}

@AnyMember('test')
@Controller()
class AnyController {
  @Get('tenant')
  tenant(@Tenant() tenant: TenantContext, @CurrentActor() actor: Actor): object {
    return { tenant, same: tenant.actor === actor };
  }

  @Public('test')
  @Get('public-tenant')
  publicTenant(@Tenant() tenant: TenantContext): object {
    return tenant;
  }

  @Public('test')
  @Get('public-actor')
  publicActor(@CurrentActor() actor: Actor): object {
    return actor;
  }
}

const actor = { kind: 'user', id: 'u', sessionId: 's', role: 'member' } as const;
const options = (roles: NonNullable<TenancyOptions['roles']>): TenancyOptions => ({
  logger: pino({ level: 'silent' }),
  verifier: { verify: async () => ({ tenantId: A.id, tenantSlug: A.slug, actor }) },
  directory: { findTenant: async () => A },
  roles,
});
const module = () =>
  Test.createTestingModule({
    imports: [
      TenancyModule.forRootAsync({ imports: [RolesModule], inject: [ROLES], useFactory: options }),
    ],
    controllers: [AnyController],
  }).compile();

describe('TenancyModule', () => {
  it('takes its options from other modules, and gives handlers tenant and actor', async () => {
    const app = (await module()).createNestApplication<NestFastifyApplication>(
      new FastifyAdapter(),
    );
    await app.init();
    const answer = await app.inject({ url: '/tenant', headers: bearer(tokenFor(A)) });
    expect(answer.json()).toEqual({ tenant: { tenantId: A.id, actor }, same: true });
    for (const url of ['/public-tenant', '/public-actor']) {
      const refused = await app.inject({ url, headers: bearer(tokenFor(A)) });
      expect(refused.json()).toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    }
    await app.close();
  });

  it('starts without HTTP, for a worker or a script', async () => {
    await expect((await module()).init()).resolves.toBeDefined();
  });

  it('refuses an adapter that has no such hooks', async () => {
    const adapter = new FastifyAdapter();
    adapter.getType = () => 'express';
    const app = (await module()).createNestApplication(adapter);
    await expect(app.init()).rejects.toThrow(/needs the Fastify adapter/);
  });
});

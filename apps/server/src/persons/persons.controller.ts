import { Body, Controller, Delete, Get, Header, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { TenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import { NamesOtherTenants, RequirePermission, Tenant } from 'ringfence/nest';
import { sessionSchema } from '../auth/index.js';
import { SessionCookie } from '../edge/index.js';
import { Client, type RequestClient } from '../http/request-client.js';
import { Answers, Refuses } from '../openapi/index.js';
import { linkAccounts } from './link-accounts.js';
import { listTenants } from './list-tenants.js';
import { PERSON_DEPENDENCIES, type PersonDependencies } from './person-dependencies.js';
import { leavePerson } from './person-links.js';
import {
  linkedTenantsSchema,
  type NewLink,
  newLink,
  type TenantSwitch,
  tenantSwitch,
} from './person-schemas.js';
import { switchTenant } from './switch-tenant.js';

const NoStore = () => Header('Cache-Control', 'no-store');

/** One person with accounts in several tenants. */
@ApiTags('auth')
@ApiBearerAuth()
@Controller('auth')
export class PersonsController {
  constructor(@Inject(PERSON_DEPENDENCIES) private readonly dependencies: PersonDependencies) {}

  @Get('tenants')
  @RequirePermission('self.read')
  @NamesOtherTenants('lists the tenants in which the asking person has linked accounts')
  @NoStore()
  @ApiOperation({ summary: 'In which other tenants do I have a linked account?' })
  @Answers(200, { description: 'The tenants, by name.', schema: linkedTenantsSchema })
  async list(@Tenant() tenant: TenantContext) {
    return { items: await listTenants(this.dependencies, tenant) };
  }

  @Post('links')
  @RequirePermission('self.update')
  @NoStore()
  @ApiOperation({
    summary: 'Link my account with one in another tenant',
    description: 'Needs the credentials of both. A change of either suspends the link.',
  })
  @Answers(204, { description: 'They are linked.' })
  @Refuses(
    'PASSWORD_WRONG',
    'CREDENTIALS_INVALID',
    'SECOND_FACTOR_REQUIRED',
    'SECOND_FACTOR_WRONG',
    'LOG_IN_THROTTLED',
    'TENANT_SUSPENDED',
    'TENANT_DELETING',
    'CONFLICT',
    'OVERLOADED',
  )
  link(
    @Tenant() tenant: TenantContext,
    @Body({ schema: newLink }) input: NewLink,
    @Client() client: RequestClient,
  ) {
    return linkAccounts(this.dependencies, tenant, input, client);
  }

  @Delete('links')
  @RequirePermission('self.update')
  @NoStore()
  @ApiOperation({ summary: 'Take my account out of its links' })
  @Answers(204, { description: 'It is linked with no other any more.' })
  async unlink(@Tenant() { actor, tenantId }: TenantContext): Promise<void> {
    if (actor.kind !== 'user') throw new RingfenceError('NOT_FOUND');
    await leavePerson(this.dependencies.pool, { tenantId, userId: actor.id });
  }

  @Post('switch')
  @RequirePermission('self.update')
  @NoStore()
  @ApiOperation({
    summary: 'Begin a session in another tenant of mine',
    description: 'The present session stays. Membership there is checked at this moment.',
  })
  @Answers(200, { description: 'The tokens of a session there.', schema: sessionSchema })
  @SessionCookie()
  @Refuses(
    'CROSS_SITE_REFUSED',
    'TENANT_SOURCES_DISAGREE',
    'LINK_SUSPENDED',
    'TENANT_SUSPENDED',
    'TENANT_DELETING',
    'TENANT_DELETING',
    'SECOND_FACTOR_REQUIRED',
    'SECOND_FACTOR_WRONG',
    'LOG_IN_THROTTLED',
    'NOT_FOUND',
  )
  switch(
    @Tenant() tenant: TenantContext,
    @Body({ schema: tenantSwitch }) input: TenantSwitch,
    @Client() client: RequestClient,
  ) {
    return switchTenant(this.dependencies, tenant, input, client);
  }
}

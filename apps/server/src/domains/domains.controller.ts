import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { TenantContext } from 'ringfence/context';
import { RequirePermission, Tenant } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { SERVER_CONFIG, type ServerConfig } from '../config.js';
import { TENANT_PRISMA, type TenantPrisma } from '../database/index.js';
import { id as idSchema } from '../http/id.js';
import { Answers, Refuses } from '../openapi/index.js';
import { createDomain } from './create-domain.js';
import { deleteDomain } from './delete-domain.js';
import type { DomainDependencies } from './domain-dependencies.js';
import { DOMAIN_RECORDS, type DomainRecords } from './domain-records.js';
import { type DomainsQuery, domainsQuery, type NewDomain, newDomain } from './domain-schemas.js';
import { type DomainRow, domainPageSchema, domainSchema, domainView } from './domain-view.js';
import { getDomain } from './get-domain.js';
import { listDomains } from './list-domains.js';
import { verifyDomain } from './verify-domain.js';

@ApiTags('domains')
@ApiBearerAuth()
@Controller('domains')
export class DomainsController {
  readonly #dependencies: DomainDependencies;

  constructor(
    @Inject(TENANT_PRISMA) prisma: TenantPrisma,
    @Inject(TenantPool) pool: TenantPool,
    @Inject(DOMAIN_RECORDS) records: DomainRecords,
    @Inject(SERVER_CONFIG) config: ServerConfig,
  ) {
    this.#dependencies = { prisma, pool, records, baseDomains: config.BASE_DOMAINS };
  }

  @Get()
  @RequirePermission('domain.read')
  @ApiOperation({ summary: 'List domains', description: 'Those that are not proven as well.' })
  @Answers(200, { description: 'One page, the oldest first.', schema: domainPageSchema })
  list(
    @Tenant() { tenantId }: TenantContext,
    @Query({ schema: domainsQuery }) query: DomainsQuery,
  ) {
    return listDomains(this.#dependencies, tenantId, query);
  }

  @Get(':id')
  @RequirePermission('domain.read')
  @ApiOperation({ summary: 'Read a domain' })
  @Answers(200, { description: 'The domain, and the record that proves it.', schema: domainSchema })
  async get(@Tenant() tenant: TenantContext, @Param('id', { schema: idSchema }) id: string) {
    return this.#view(tenant, await getDomain(this.#dependencies, id));
  }

  @Post()
  @RequirePermission('domain.create')
  @ApiOperation({
    summary: 'Note a domain of your own',
    description: 'It names your tenant once it is verified: publish the record of its challenge.',
  })
  @Answers(201, {
    description: 'The domain, with the record that proves it.',
    schema: domainSchema,
    headers: ['Location'],
  })
  @Refuses('ALREADY_EXISTS')
  async create(
    @Tenant() tenant: TenantContext,
    @Body({ schema: newDomain }) input: NewDomain,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const row = await createDomain(this.#dependencies, input);
    reply.header('location', `/domains/${row.id}`);
    return this.#view(tenant, row);
  }

  @Post(':id/verify')
  @RequirePermission('domain.update')
  @ApiOperation({
    summary: 'Verify a domain, or verify it again',
    description:
      'Looks for the record in DNS. With it the domain names your tenant, without it no longer.',
  })
  @Answers(200, { description: 'It is proven and names your tenant.', schema: domainSchema })
  @Refuses('DOMAIN_UNPROVEN', 'DNS_UNAVAILABLE', 'ALREADY_EXISTS', 'OVERLOADED')
  async verify(@Tenant() tenant: TenantContext, @Param('id', { schema: idSchema }) id: string) {
    return this.#view(tenant, await verifyDomain(this.#dependencies, tenant.tenantId, id));
  }

  @Delete(':id')
  @RequirePermission('domain.delete')
  @ApiOperation({ summary: 'Give up a domain', description: 'It names your tenant no longer.' })
  @Answers(204, { description: 'It is gone.' })
  delete(@Param('id', { schema: idSchema }) id: string) {
    return deleteDomain(this.#dependencies, id);
  }

  async #view({ tenantId }: TenantContext, row: DomainRow) {
    const active = await this.#dependencies.pool.ownDomains();
    return domainView(row, { tenantId, active });
  }
}

import {
  Body,
  Controller,
  Delete,
  Get,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequirePermission } from 'ringfence/nest';
import { TENANT_PRISMA, type TenantPrisma } from '../database/index.js';
import { answerChanged, answerCreated, answerRead } from '../http/answer.js';
import type { WantedVersions } from '../http/etag.js';
import { id as idSchema } from '../http/id.js';
import { IfMatch } from '../http/if-match.decorator.js';
import { Answers, Refuses, Revalidates } from '../openapi/index.js';
import { createOrganization } from './create-organization.js';
import { deleteOrganization } from './delete-organization.js';
import { getOrganization } from './get-organization.js';
import { listOrganizations } from './list-organizations.js';
import {
  type NewOrganization,
  newOrganization,
  type OrganizationChange,
  type OrganizationsQuery,
  organizationChange,
  organizationsQuery,
} from './organization-schemas.js';
import {
  organizationPageSchema,
  organizationSchema,
  organizationView,
} from './organization-view.js';
import { updateOrganization } from './update-organization.js';

@ApiTags('organizations')
@ApiBearerAuth()
@Controller('organizations')
export class OrganizationsController {
  constructor(@Inject(TENANT_PRISMA) private readonly prisma: TenantPrisma) {}

  @Get()
  @RequirePermission('organization.read')
  @ApiOperation({ summary: 'List organizations' })
  @Answers(200, { description: 'One page, the oldest first.', schema: organizationPageSchema })
  list(@Query({ schema: organizationsQuery }) query: OrganizationsQuery) {
    return listOrganizations(this.prisma, query);
  }

  @Get(':id')
  @RequirePermission('organization.read')
  @ApiOperation({ summary: 'Read an organization' })
  @Answers(200, { description: 'The organization.', schema: organizationSchema, headers: ['ETag'] })
  @Revalidates()
  async get(
    @Param('id', { schema: idSchema }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerRead(reply, await getOrganization(this.prisma, id), organizationView);
  }

  @Post()
  @RequirePermission('organization.create')
  @ApiOperation({ summary: 'Create an organization' })
  @Answers(201, {
    description: 'The new organization.',
    schema: organizationSchema,
    headers: ['ETag', 'Location'],
  })
  async create(
    @Body({ schema: newOrganization }) input: NewOrganization,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerCreated(
      reply,
      '/organizations',
      await createOrganization(this.prisma, input),
      organizationView,
    );
  }

  @Patch(':id')
  @RequirePermission('organization.update')
  @ApiOperation({ summary: 'Change an organization' })
  @Answers(200, {
    description: 'The changed organization.',
    schema: organizationSchema,
    headers: ['ETag'],
  })
  async update(
    @Param('id', { schema: idSchema }) id: string,
    @IfMatch() wanted: WantedVersions,
    @Body({ schema: organizationChange }) fields: OrganizationChange,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerChanged(
      reply,
      await updateOrganization(this.prisma, id, wanted, fields),
      organizationView,
    );
  }

  @Delete(':id')
  @RequirePermission('organization.delete')
  @ApiOperation({
    summary: 'Delete an organization',
    description: 'Its memberships go with it; while it has projects it stays.',
  })
  @Answers(204, { description: 'It is gone.' })
  @Refuses('HAS_CHILDREN')
  delete(@Param('id', { schema: idSchema }) id: string, @IfMatch() wanted: WantedVersions) {
    return deleteOrganization(this.prisma, id, wanted);
  }
}

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
import type { Actor } from 'ringfence/context';
import { CurrentActor, RequirePermission } from 'ringfence/nest';
import { TENANT_PRISMA, type TenantPrisma } from '../database/index.js';
import { answerChanged, answerCreated, answerRead } from '../http/answer.js';
import type { WantedVersions } from '../http/etag.js';
import { id as idSchema } from '../http/id.js';
import { IfMatch } from '../http/if-match.decorator.js';
import { Answers, Refuses, Revalidates } from '../openapi/index.js';
import { createRole } from './create-role.js';
import { deleteRole } from './delete-role.js';
import { getRole } from './get-role.js';
import { listRoles } from './list-roles.js';
import {
  type NewRole,
  newRole,
  type RoleChange,
  type RolesQuery,
  roleChange,
  rolesQuery,
} from './role-schemas.js';
import { rolePageSchema, roleSchema, roleView } from './role-view.js';
import { updateRole } from './update-role.js';

@ApiTags('roles')
@ApiBearerAuth()
@Controller('roles')
export class RolesController {
  constructor(@Inject(TENANT_PRISMA) private readonly prisma: TenantPrisma) {}

  @Get()
  @RequirePermission('role.read')
  @ApiOperation({
    summary: 'List the roles of your own',
    description: 'Beside them everybody has owner, admin, member and viewer.',
  })
  @Answers(200, { description: 'One page, the oldest first.', schema: rolePageSchema })
  list(@Query({ schema: rolesQuery }) query: RolesQuery) {
    return listRoles(this.prisma, query);
  }

  @Get(':id')
  @RequirePermission('role.read')
  @ApiOperation({ summary: 'Read a role' })
  @Answers(200, { description: 'The role.', schema: roleSchema, headers: ['ETag'] })
  @Revalidates()
  async get(
    @Param('id', { schema: idSchema }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerRead(reply, await getRole(this.prisma, id), roleView);
  }

  @Post()
  @RequirePermission('role.create')
  @ApiOperation({
    summary: 'Create a role',
    description: 'Nobody makes a role with a permission that they do not hold.',
  })
  @Answers(201, { description: 'The new role.', schema: roleSchema, headers: ['ETag', 'Location'] })
  @Refuses('ALREADY_EXISTS', 'TOO_MANY_ROLES')
  async create(
    @CurrentActor() actor: Actor,
    @Body({ schema: newRole }) input: NewRole,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerCreated(reply, '/roles', await createRole(this.prisma, actor, input), roleView);
  }

  @Patch(':id')
  @RequirePermission('role.update')
  @ApiOperation({
    summary: 'Change a role',
    description:
      'Counts from the next request on for everybody who has it. You must hold all of its permissions, before and after.',
  })
  @Answers(200, { description: 'The changed role.', schema: roleSchema, headers: ['ETag'] })
  @Refuses('ALREADY_EXISTS')
  async update(
    @CurrentActor() actor: Actor,
    @Param('id', { schema: idSchema }) id: string,
    @IfMatch() wanted: WantedVersions,
    @Body({ schema: roleChange }) fields: RoleChange,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerChanged(reply, await updateRole(this.prisma, actor, id, wanted, fields), roleView);
  }

  @Delete(':id')
  @RequirePermission('role.delete')
  @ApiOperation({
    summary: 'Delete a role',
    description: 'While somebody has it, it stays. Open invitations to it go with it.',
  })
  @Answers(204, { description: 'It is gone.' })
  @Refuses('ROLE_IN_USE')
  delete(
    @CurrentActor() actor: Actor,
    @Param('id', { schema: idSchema }) id: string,
    @IfMatch() wanted: WantedVersions,
  ) {
    return deleteRole(this.prisma, actor, id, wanted);
  }
}

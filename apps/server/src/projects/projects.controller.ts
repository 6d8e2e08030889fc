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
import { createProject } from './create-project.js';
import { deleteProject } from './delete-project.js';
import { getProject } from './get-project.js';
import { listProjects } from './list-projects.js';
import {
  type NewProject,
  newProject,
  type ProjectChange,
  type ProjectsQuery,
  projectChange,
  projectsQuery,
} from './project-schemas.js';
import { projectPageSchema, projectSchema, projectView } from './project-view.js';
import { updateProject } from './update-project.js';

@ApiTags('projects')
@ApiBearerAuth()
@Controller('projects')
export class ProjectsController {
  constructor(@Inject(TENANT_PRISMA) private readonly prisma: TenantPrisma) {}

  @Get()
  @RequirePermission('project.read')
  @ApiOperation({ summary: 'List projects' })
  @Answers(200, { description: 'One page, the oldest first.', schema: projectPageSchema })
  list(@Query({ schema: projectsQuery }) query: ProjectsQuery) {
    return listProjects(this.prisma, query);
  }

  @Get(':id')
  @RequirePermission('project.read')
  @ApiOperation({ summary: 'Read a project' })
  @Answers(200, { description: 'The project.', schema: projectSchema, headers: ['ETag'] })
  @Revalidates()
  async get(
    @Param('id', { schema: idSchema }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerRead(reply, await getProject(this.prisma, id), projectView);
  }

  @Post()
  @RequirePermission('project.create')
  @ApiOperation({ summary: 'Create a project' })
  @Answers(201, {
    description: 'The new project.',
    schema: projectSchema,
    headers: ['ETag', 'Location'],
  })
  @Refuses('REFERENCE_NOT_FOUND')
  async create(
    @Body({ schema: newProject }) input: NewProject,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerCreated(reply, '/projects', await createProject(this.prisma, input), projectView);
  }

  @Patch(':id')
  @RequirePermission('project.update')
  @ApiOperation({ summary: 'Change a project' })
  @Answers(200, { description: 'The changed project.', schema: projectSchema, headers: ['ETag'] })
  @Refuses('REFERENCE_NOT_FOUND')
  async update(
    @Param('id', { schema: idSchema }) id: string,
    @IfMatch() wanted: WantedVersions,
    @Body({ schema: projectChange }) fields: ProjectChange,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerChanged(reply, await updateProject(this.prisma, id, wanted, fields), projectView);
  }

  @Delete(':id')
  @RequirePermission('project.delete')
  @ApiOperation({ summary: 'Delete a project', description: 'While it has documents it stays.' })
  @Answers(204, { description: 'It is gone.' })
  @Refuses('HAS_CHILDREN')
  delete(@Param('id', { schema: idSchema }) id: string, @IfMatch() wanted: WantedVersions) {
    return deleteProject(this.prisma, id, wanted);
  }
}

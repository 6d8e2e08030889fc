import { Controller, Delete, Get, Header, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Actor } from 'ringfence/context';
import { CurrentActor, RequirePermission } from 'ringfence/nest';
import { SERVER_CONFIG, type ServerConfig } from '../../config.js';
import { TENANT_PRISMA, type TenantPrisma } from '../../database/index.js';
import { id as idSchema } from '../../http/id.js';
import { Answers } from '../../openapi/index.js';
import { listSessions } from './list-sessions.js';
import { revokeOtherSessions, revokeOwnSession } from './revoke-own-sessions.js';
import { ownSessionsSchema } from './session-view.js';

@ApiTags('auth')
@ApiBearerAuth()
@Controller('auth/sessions')
export class SessionsController {
  constructor(
    @Inject(TENANT_PRISMA) private readonly prisma: TenantPrisma,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  @Get()
  @RequirePermission('self.read')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Where am I logged in?' })
  @Answers(200, { description: 'The live sessions, last used first.', schema: ownSessionsSchema })
  async list(@CurrentActor() actor: Actor) {
    const { REFRESH_TOKEN_DAYS } = this.config;
    return { items: await listSessions(this.prisma, actor, REFRESH_TOKEN_DAYS) };
  }

  @Delete()
  @RequirePermission('self.update')
  @ApiOperation({ summary: 'End every session of mine but this one' })
  @Answers(204, { description: 'They have ended.' })
  revokeOthers(@CurrentActor() actor: Actor) {
    return revokeOtherSessions(this.prisma, actor);
  }

  @Delete(':id')
  @RequirePermission('self.update')
  @ApiOperation({ summary: 'End one session of mine' })
  @Answers(204, { description: 'It has ended.' })
  revoke(@CurrentActor() actor: Actor, @Param('id', { schema: idSchema }) id: string) {
    return revokeOwnSession(this.prisma, actor, id);
  }
}

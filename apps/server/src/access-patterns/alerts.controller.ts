import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AlertBook, AlertFeed } from 'ringfence/access-patterns';
import type { TenantContext } from 'ringfence/context';
import { RingfenceError } from 'ringfence/errors';
import {
  MemberCache,
  RequirePermission,
  Tenant,
  TenantDirectoryCache,
  verifiedTokenOf,
} from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { ServerState } from '../edge/index.js';
import { id as idSchema } from '../http/id.js';
import { Answers } from '../openapi/index.js';
import {
  type AlertsQuery,
  accessPatternsSchema,
  alertPageSchema,
  alertsQuery,
} from './alert-schemas.js';
import { alertView } from './alert-view.js';
import { listAlerts } from './list-alerts.js';
import { openFeed } from './open-feed.js';
import { readAccessPatterns } from './read-access-patterns.js';
import { mayStillRead } from './still-reading.js';

@ApiTags('alerts')
@ApiBearerAuth()
@Controller()
export class AlertsController {
  constructor(
    @Inject(AlertBook) private readonly book: AlertBook,
    @Inject(AlertFeed) private readonly feed: AlertFeed,
    @Inject(MemberCache) readonly members: MemberCache,
    @Inject(TenantDirectoryCache) readonly directory: TenantDirectoryCache,
    @Inject(ServerState) readonly state: ServerState,
    @Inject(TenantPool) private readonly pool: TenantPool,
  ) {}

  @Get('alerts')
  @RequirePermission('alert.read')
  @ApiOperation({ summary: 'List alerts about unusual access to the tenant' })
  @Answers(200, { description: 'One page, the newest first.', schema: alertPageSchema })
  list(@Tenant() { tenantId }: TenantContext, @Query({ schema: alertsQuery }) query: AlertsQuery) {
    return listAlerts(this.book, tenantId, query, alertView);
  }

  @Get('alerts/feed')
  @RequirePermission('alert.read')
  @ApiOperation({
    summary: 'Listen to alerts as they are raised',
    description:
      'Server-sent events of type alert.raised, for whoever accepts text/event-stream. Last-Event-ID goes on where a reader was cut off; the stream ends when the token or the right to read does.',
  })
  @Answers(200, { description: 'A stream of events that does not end by itself.' })
  async listen(
    @Tenant() tenant: TenantContext,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const token = verifiedTokenOf(request);
    const mayStill = () => mayStillRead(this, tenant, token);
    await openFeed(this.feed, { owner: tenant.tenantId, mayStill }, request, reply);
  }

  @Post('alerts/:id/acknowledgement')
  @RequirePermission('alert.update')
  @ApiOperation({
    summary: 'Note that somebody has seen an alert',
    description: 'The first one who did stays.',
  })
  @Answers(204, { description: 'It is noted.' })
  async acknowledge(
    @Tenant() { tenantId, actor }: TenantContext,
    @Param('id', { schema: idSchema }) id: string,
  ): Promise<void> {
    const by = 'id' in actor ? `${actor.kind}:${actor.id}` : actor.kind;
    if (!(await this.book.acknowledge(tenantId, id, by))) throw new RingfenceError('NOT_FOUND');
  }

  @Get('access-patterns')
  @RequirePermission('alert.read')
  @ApiOperation({ summary: 'Read what each actor did in the last 24 hours' })
  @Answers(200, {
    description: 'At most 100 actors, those who read most first.',
    schema: accessPatternsSchema,
  })
  patterns() {
    return readAccessPatterns(this.pool);
  }
}

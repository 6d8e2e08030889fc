import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AlertBook, AlertFeed, PLATFORM } from 'ringfence/access-patterns';
import { RingfenceError } from 'ringfence/errors';
import { Public } from 'ringfence/nest';
import { SERVER_CONFIG, type ServerConfig } from '../config.js';
import { ServerState } from '../edge/index.js';
import { id as idSchema } from '../http/id.js';
import { Answers } from '../openapi/index.js';
import { type AlertsQuery, alertsQuery } from './alert-schemas.js';
import { platformAlertView } from './alert-view.js';
import { listAlerts } from './list-alerts.js';
import { openFeed } from './open-feed.js';
import { operatorOf } from './operator-keys.js';

/** Alerts of all tenants and of the platform itself, where OPERATOR_KEYS names somebody who may. */
@ApiTags('platform')
@Public('for operators of the platform, who are in no tenant; their key is checked here')
@Controller('platform/alerts')
export class PlatformAlertsController {
  constructor(
    @Inject(AlertBook) private readonly book: AlertBook,
    @Inject(AlertFeed) private readonly feed: AlertFeed,
    @Inject(ServerState) private readonly state: ServerState,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List alerts of all tenants and of the platform' })
  @Answers(200, { description: 'One page, the newest first.' })
  list(@Req() request: FastifyRequest, @Query({ schema: alertsQuery }) query: AlertsQuery) {
    this.#operator(request);
    return listAlerts(this.book, PLATFORM, query, platformAlertView);
  }

  @Get('feed')
  @ApiOperation({ summary: 'Listen to alerts of all tenants as they are raised' })
  @Answers(200, { description: 'Server-sent events of type alert.raised.' })
  async listen(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.#operator(request);
    const mayStill = async (): Promise<boolean> => !this.state.draining;
    await openFeed(this.feed, { owner: PLATFORM, mayStill }, request, reply);
  }

  @Post(':id/acknowledgement')
  @ApiOperation({ summary: 'Note that an operator has seen an alert' })
  @Answers(204, { description: 'It is noted.' })
  async acknowledge(
    @Req() request: FastifyRequest,
    @Param('id', { schema: idSchema }) id: string,
  ): Promise<void> {
    const by = `operator:${this.#operator(request)}`;
    if (!(await this.book.acknowledge(PLATFORM, id, by))) throw new RingfenceError('NOT_FOUND');
  }

  #operator({ raw }: FastifyRequest): string {
    return operatorOf(raw, this.config.OPERATOR_KEYS ?? []);
  }
}

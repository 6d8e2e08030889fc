import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from 'ringfence/nest';
import { PAGE_HEADERS } from '../http/html.js';
import { ApiDocument } from './api-document.js';
import { docsPage } from './docs-page.js';

@ApiExcludeController()
@Controller()
@Public('the description of the API is the same for everybody')
export class OpenApiController {
  constructor(private readonly api: ApiDocument) {}

  @Get('openapi.json')
  json(@Res({ passthrough: true }) reply: FastifyReply) {
    reply.type('application/json; charset=utf-8');
    return this.api.document;
  }

  @Get('docs')
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.headers(PAGE_HEADERS);
    return docsPage(this.api.document);
  }
}

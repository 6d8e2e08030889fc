import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { TenantContext } from 'ringfence/context';
import { RequirePermission, Tenant } from 'ringfence/nest';
import { TENANT_PRISMA, type TenantPrisma } from '../database/index.js';
import { id as idSchema } from '../http/id.js';
import { Answers } from '../openapi/index.js';
import {
  type ApiKeysQuery,
  apiKeysQuery,
  type NewApiKeyInput,
  newApiKeyInput,
} from './api-key-schemas.js';
import { apiKeyPageSchema, apiKeySchema, createdApiKeySchema } from './api-key-view.js';
import { createApiKey } from './create-api-key.js';
import { getApiKey } from './get-api-key.js';
import { listApiKeys } from './list-api-keys.js';
import { revokeApiKey } from './revoke-api-key.js';

@ApiTags('api keys')
@ApiBearerAuth()
@Controller('api-keys')
export class ApiKeysController {
  constructor(@Inject(TENANT_PRISMA) private readonly prisma: TenantPrisma) {}

  @Get()
  @RequirePermission('api-key.read')
  @ApiOperation({ summary: 'List API keys', description: 'Those that have ended as well.' })
  @Answers(200, { description: 'One page, the oldest first.', schema: apiKeyPageSchema })
  list(@Query({ schema: apiKeysQuery }) query: ApiKeysQuery) {
    return listApiKeys(this.prisma, query);
  }

  @Get(':id')
  @RequirePermission('api-key.read')
  @ApiOperation({ summary: 'Read an API key', description: 'The key itself is not stored.' })
  @Answers(200, { description: 'The key.', schema: apiKeySchema })
  get(@Param('id', { schema: idSchema }) id: string) {
    return getApiKey(this.prisma, id);
  }

  @Post()
  @RequirePermission('api-key.create')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Make an API key',
    description:
      'It may do what you name, as far as you may do it whenever it is used, and goes when you go. Send it as Authorization: Bearer. A key cannot make keys, and has no account of its own.',
  })
  @Answers(201, {
    description: 'The new key, this once with its text.',
    schema: createdApiKeySchema,
    headers: ['Location'],
  })
  async create(
    @Tenant() tenant: TenantContext,
    @Body({ schema: newApiKeyInput }) input: NewApiKeyInput,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const created = await createApiKey(this.prisma, tenant, input);
    reply.header('location', `/api-keys/${created.id}`);
    return created;
  }

  @Delete(':id')
  @RequirePermission('api-key.delete')
  @ApiOperation({
    summary: 'Revoke an API key',
    description: 'It ends within seconds on every server, for good; its entry stays.',
  })
  @Answers(204, { description: 'It is revoked.' })
  revoke(@Param('id', { schema: idSchema }) id: string) {
    return revokeApiKey(this.prisma, id);
  }
}

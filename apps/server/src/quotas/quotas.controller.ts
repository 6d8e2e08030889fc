import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { Answers } from '../openapi/index.js';
import { listQuotas } from './list-quotas.js';
import { quotasSchema } from './quota-schemas.js';

@ApiTags('quotas')
@ApiBearerAuth()
@Controller('quotas')
export class QuotasController {
  constructor(private readonly pool: TenantPool) {}

  @Get()
  @RequirePermission('quota.read')
  @ApiOperation({ summary: 'What the tenant has of each quota, and what it may have' })
  @Answers(200, { description: 'All quotas.', schema: quotasSchema })
  list() {
    return listQuotas(this.pool);
  }
}

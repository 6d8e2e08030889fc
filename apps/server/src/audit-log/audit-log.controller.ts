import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { Answers } from '../openapi/index.js';
import {
  type AuditLogExportQuery,
  type AuditLogQuery,
  auditLogExportQuery,
  auditLogQuery,
  auditPageSchema,
} from './audit-log-schemas.js';
import { exportAuditLog } from './export-audit-log.js';
import { listAuditLog } from './list-audit-log.js';

const TYPES = { jsonl: 'application/jsonl; charset=utf-8', csv: 'text/csv; charset=utf-8' };

@ApiTags('audit log')
@ApiBearerAuth()
@Controller('audit-log')
export class AuditLogController {
  constructor(private readonly pool: TenantPool) {}

  @Get()
  @RequirePermission('audit-log.read')
  @ApiOperation({ summary: 'List what was changed, by whom and when' })
  @Answers(200, { description: 'One page, the newest first.', schema: auditPageSchema })
  list(@Query({ schema: auditLogQuery }) query: AuditLogQuery) {
    return listAuditLog(this.pool, query);
  }

  @Get('export')
  @RequirePermission('audit-log.read')
  @ApiOperation({ summary: 'Export what was changed, as JSON lines or CSV' })
  @Answers(200, { description: 'The whole log as a file, the newest first.' })
  export(@Query({ schema: auditLogExportQuery }) query: AuditLogExportQuery) {
    return new StreamableFile(exportAuditLog(this.pool, query), {
      type: TYPES[query.format],
      disposition: `attachment; filename="audit-log.${query.format}"`,
    });
  }
}

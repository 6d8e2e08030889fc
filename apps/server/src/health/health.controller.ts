import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RingfenceError } from 'ringfence/errors';
import { Public } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { z } from 'zod';
import { ServerState } from '../edge/index.js';
import { Answers, Refuses } from '../openapi/index.js';

const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    private readonly pool: TenantPool,
    private readonly state: ServerState,
  ) {}

  @Get('healthz')
  @Public('answers supervisors, which have no tenant')
  @ApiOperation({ summary: 'Is the process alive?' })
  @Answers(200, { description: 'It is.', schema: healthSchema })
  alive(): z.output<typeof healthSchema> {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Public('answers load balancers, which have no tenant')
  @ApiOperation({
    summary: 'Can it serve requests?',
    description: 'Asks the database. Says no from the moment on that the process is asked to stop.',
  })
  @Answers(200, { description: 'It can.', schema: healthSchema })
  @Refuses('DATABASE_UNAVAILABLE', 'SHUTTING_DOWN')
  async ready(): Promise<z.output<typeof healthSchema>> {
    if (this.state.draining) throw new RingfenceError('SHUTTING_DOWN');
    try {
      await this.pool.ping();
    } catch (cause) {
      throw new RingfenceError('DATABASE_UNAVAILABLE', { cause });
    }
    return { status: 'ok' };
  }
}

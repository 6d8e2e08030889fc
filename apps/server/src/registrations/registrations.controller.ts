import { Body, Controller, Header, Inject, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RingfenceError } from 'ringfence/errors';
import { Public } from 'ringfence/nest';
import { SERVER_CONFIG, type ServerConfig } from '../config.js';
import { Client, type RequestClient } from '../http/request-client.js';
import { networkOf, StrangerLimit } from '../http/stranger-limit.js';
import { ACCOUNT_MAILS, type AccountMails } from '../mailed-tokens/index.js';
import { Answers, Refuses } from '../openapi/index.js';
import { registerTenant } from './register-tenant.js';
import {
  type Registered,
  type Registration,
  registeredSchema,
  registrationSchema,
} from './registration-schemas.js';

const HOUR = 3600;

@ApiTags('accounts')
@Controller('registrations')
export class RegistrationsController {
  /** Enough to choose a name that is free, and too few to find out which ones are not. */
  readonly #byNetwork = new StrangerLimit({ times: 20, seconds: HOUR });
  /** Of everybody together: a directory that somebody fills from many networks is noticed in time. */
  readonly #together = new StrangerLimit({ times: 500, seconds: HOUR });

  constructor(
    @Inject(ACCOUNT_MAILS) private readonly mails: AccountMails,
    @Inject(SERVER_CONFIG) private readonly config: ServerConfig,
  ) {}

  @Post()
  @Public('makes a tenant for somebody who is in none yet')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Register a new tenant with its first owner',
    description:
      'Only where REGISTRATION=open. The owner may log in at once, and invite others when the address is verified.',
  })
  @Answers(201, { description: 'The tenant and its owner.', schema: registeredSchema })
  @Refuses('REGISTRATION_CLOSED', 'ALREADY_EXISTS', 'RATE_LIMITED', 'OVERLOADED')
  async register(
    @Body({ schema: registrationSchema }) input: Registration,
    @Client() client: RequestClient,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Registered> {
    if (this.config.REGISTRATION === 'closed') throw new RingfenceError('REGISTRATION_CLOSED');
    await this.#byNetwork.takeOrRefuse(networkOf(client.address), reply);
    await this.#together.takeOrRefuse('everybody', reply);
    return registerTenant(this.mails, input);
  }
}

import { Body, Controller, Header, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RingfenceError } from 'ringfence/errors';
import { ClaimedTenants, Public } from 'ringfence/nest';
import { BackgroundWork } from '../background/index.js';
import { Client, type RequestClient } from '../http/request-client.js';
import { networkOf, StrangerLimit } from '../http/stranger-limit.js';
import { ACCOUNT_MAILS, type AccountMails } from '../mailed-tokens/index.js';
import { Answers, Refuses } from '../openapi/index.js';
import { confirmPasswordReset } from './confirm-password-reset.js';
import {
  type PasswordReset,
  type PasswordResetRequest,
  passwordResetRequestSchema,
  passwordResetSchema,
} from './password-reset-schemas.js';
import { requestPasswordReset } from './request-password-reset.js';

const HOUR = 3600;

@ApiTags('accounts')
@Controller('password-resets')
export class PasswordResetsController {
  readonly #byNetwork = new StrangerLimit({ times: 60, seconds: HOUR });
  /** Of all tenants together: one mailbox, however many accounts it has. */
  readonly #byMailbox = new StrangerLimit({ times: 10, seconds: HOUR });

  constructor(
    @Inject(ACCOUNT_MAILS) private readonly mails: AccountMails,
    @Inject(BackgroundWork) private readonly background: BackgroundWork,
    private readonly claimed: ClaimedTenants,
  ) {}

  @Post()
  @Public('asks for a mail; the answer is the same whether or not there is such an account')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Ask for a link that sets a new password',
    description:
      'Answers at once and always the same. If there is such an account, a link is mailed to it; a few at a time and no more.',
  })
  @Answers(202, { description: 'If there is such an account, a mail is on its way.' })
  @Refuses('TENANT_SOURCES_DISAGREE', 'RATE_LIMITED', 'OVERLOADED')
  async request(
    @Body({ schema: passwordResetRequestSchema }) input: PasswordResetRequest,
    @Client() client: RequestClient,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    await this.#byNetwork.takeOrRefuse(networkOf(client.address), reply);
    const { tenant } = await this.claimed.resolve(request, input.tenant);
    const wish = { tenant, email: input.email };
    const work = () => requestPasswordReset(this.mails, wish, this.#byMailbox);
    if (!this.background.start('password reset', work)) throw new RingfenceError('OVERLOADED');
  }

  @Post('confirm')
  @Public('the mailed token says who it is')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Set a new password with a mailed token',
    description:
      'Ends every session and voids every other mailed link. Logs nobody in; API keys stay as they are.',
  })
  @Answers(204, { description: 'The password is set: log in with it.' })
  @Refuses(
    'MAILED_TOKEN_INVALID',
    'TENANT_SOURCES_DISAGREE',
    'TENANT_SUSPENDED',
    'TENANT_DELETING',
    'OVERLOADED',
  )
  confirm(
    @Body({ schema: passwordResetSchema }) input: PasswordReset,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const directory = this.claimed.directoryFor(request);
    return confirmPasswordReset({ ...this.mails, directory }, input);
  }
}

import { Body, Controller, Header, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TenantContext } from 'ringfence/context';
import { isRingfenceError } from 'ringfence/errors';
import { ClaimedTenants, Public, RequirePermission, Tenant } from 'ringfence/nest';
import { StrangerLimit } from '../http/stranger-limit.js';
import { ACCOUNT_MAILS, type AccountMails } from '../mailed-tokens/index.js';
import { Answers, Refuses } from '../openapi/index.js';
import { confirmEmail } from './confirm-email.js';
import {
  type EmailVerification,
  type EmailVerificationRequest,
  emailVerificationRequestSchema,
  emailVerificationSchema,
} from './email-verification-schemas.js';
import { requestEmailVerification } from './request-email-verification.js';

const HOUR = 3600;

@ApiTags('accounts')
@Controller('email-verifications')
export class EmailVerificationsController {
  /** A stolen access token is not to guess the password that it lacks. */
  readonly #byUser = new StrangerLimit({ times: 10, seconds: 900 });

  constructor(
    @Inject(ACCOUNT_MAILS) private readonly mails: AccountMails,
    private readonly claimed: ClaimedTenants,
  ) {}

  @Post()
  @ApiBearerAuth()
  @RequirePermission('self.update')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Ask for a link that verifies my address, or changes it',
    description:
      'A new address needs the password and takes effect when the link in the mail to it is followed. Nothing is mailed for an address that is verified already.',
  })
  @Answers(202, { description: 'A mail is on its way to the address that is to be verified.' })
  @Refuses('ALREADY_EXISTS', 'RATE_LIMITED', 'OVERLOADED')
  async request(
    @Tenant() tenant: TenantContext,
    @Body({ schema: emailVerificationRequestSchema }) input: EmailVerificationRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { actor, tenantId } = tenant;
    const who = actor.kind === 'user' ? `${tenantId} ${actor.id}` : tenantId;
    await this.#byUser.takeOrRefuse(who, reply);
    try {
      await requestEmailVerification(this.mails, tenant, input);
    } catch (error) {
      if (isRingfenceError(error, 'RATE_LIMITED')) reply.header('retry-after', HOUR);
      throw error;
    }
  }

  @Post('confirm')
  @Public('the mailed token says whose address it is')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Verify an address with a mailed token',
    description: 'A new address becomes the one to log in with; the old one is told.',
  })
  @Answers(204, { description: 'The address is verified.' })
  @Refuses(
    'MAILED_TOKEN_INVALID',
    'TENANT_SOURCES_DISAGREE',
    'ALREADY_EXISTS',
    'TENANT_SUSPENDED',
    'TENANT_DELETING',
  )
  confirm(
    @Body({ schema: emailVerificationSchema }) { token }: EmailVerification,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const directory = this.claimed.directoryFor(request);
    return confirmEmail({ ...this.mails, directory }, token);
  }
}

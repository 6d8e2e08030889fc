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
  Req,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, TenantContext } from 'ringfence/context';
import { isRingfenceError } from 'ringfence/errors';
import { ClaimedTenants, CurrentActor, Public, RequirePermission, Tenant } from 'ringfence/nest';
import { id as idSchema } from '../http/id.js';
import { ACCOUNT_MAILS, type AccountMails } from '../mailed-tokens/index.js';
import { Answers, Refuses } from '../openapi/index.js';
import { acceptInvitation, type Joined } from './accept-invitation.js';
import { createInvitation, resendInvitation } from './create-invitation.js';
import {
  type AcceptedInvitation,
  acceptedInvitation,
  type InvitationsQuery,
  invitationsQuery,
  type NewInvitation,
  newInvitation,
} from './invitation-schemas.js';
import {
  type InvitationRow,
  invitationPageSchema,
  invitationSchema,
  invitationView,
  joinedSchema,
} from './invitation-view.js';
import { listInvitations } from './list-invitations.js';
import { revokeInvitation } from './revoke-invitation.js';

const DAY_SECONDS = 86_400;

@ApiTags('accounts')
@Controller('invitations')
export class InvitationsController {
  constructor(
    @Inject(ACCOUNT_MAILS) private readonly mails: AccountMails,
    private readonly claimed: ClaimedTenants,
  ) {}

  @Get()
  @ApiBearerAuth()
  @RequirePermission('invitation.read')
  @ApiOperation({ summary: 'List invitations' })
  @Answers(200, { description: 'One page, the oldest first.', schema: invitationPageSchema })
  list(@Query({ schema: invitationsQuery }) query: InvitationsQuery) {
    return listInvitations(this.mails.prisma, query);
  }

  @Post()
  @ApiBearerAuth()
  @RequirePermission('invitation.create')
  @ApiOperation({
    summary: 'Invite somebody by mail',
    description:
      'Nobody gives what they do not hold: only an owner invites an owner. The own address must be verified. An earlier invitation of the same address is void.',
  })
  @Answers(201, {
    description: 'The invitation; its link is in the mail only.',
    schema: invitationSchema,
  })
  @Refuses('ALREADY_EXISTS', 'EMAIL_UNVERIFIED', 'REFERENCE_NOT_FOUND')
  create(
    @Tenant() tenant: TenantContext,
    @Body({ schema: newInvitation }) input: NewInvitation,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#answer(reply, createInvitation(this.mails, tenant, input));
  }

  @Post(':id/resend')
  @ApiBearerAuth()
  @RequirePermission('invitation.create')
  @ApiOperation({
    summary: 'Mail an invitation again',
    description: 'A new invitation takes its place; the link that was mailed before is void.',
  })
  @Answers(201, {
    description: 'The new invitation.',
    schema: invitationSchema,
  })
  @Refuses('ALREADY_EXISTS', 'CONFLICT', 'EMAIL_UNVERIFIED')
  resend(
    @Tenant() tenant: TenantContext,
    @Param('id', { schema: idSchema }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.#answer(reply, resendInvitation(this.mails, tenant, id));
  }

  @Delete(':id')
  @ApiBearerAuth()
  @RequirePermission('invitation.delete')
  @ApiOperation({
    summary: 'Revoke an invitation',
    description: 'Its link is void from now on. Only an owner revokes the invitation of an owner.',
  })
  @Answers(204, { description: 'It is revoked.' })
  revoke(
    @CurrentActor() actor: Actor,
    @Param('id', { schema: idSchema }) id: string,
  ): Promise<void> {
    return revokeInvitation(this.mails.prisma, actor, id);
  }

  @Post('accept')
  @Public('the mailed token says who is invited, and to where')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Accept an invitation with its mailed token',
    description: 'Makes the user, with a verified address. Logs nobody in.',
  })
  @Answers(201, { description: 'Where to log in now, and as whom.', schema: joinedSchema })
  @Refuses(
    'MAILED_TOKEN_INVALID',
    'TENANT_SOURCES_DISAGREE',
    'ALREADY_EXISTS',
    'TENANT_SUSPENDED',
    'TENANT_DELETING',
    'OVERLOADED',
    'QUOTA_EXCEEDED',
  )
  accept(
    @Body({ schema: acceptedInvitation }) input: AcceptedInvitation,
    @Req() request: FastifyRequest,
  ): Promise<Joined> {
    const directory = this.claimed.directoryFor(request);
    return acceptInvitation({ ...this.mails, directory }, input);
  }

  async #answer(reply: FastifyReply, work: Promise<InvitationRow>) {
    try {
      const row = await work;
      return invitationView(row);
    } catch (error) {
      if (isRingfenceError(error, 'RATE_LIMITED')) reply.header('retry-after', DAY_SECONDS);
      throw error;
    }
  }
}

import {
  Body,
  Controller,
  Delete,
  Get,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from 'ringfence/context';
import { isRingfenceError } from 'ringfence/errors';
import { CurrentActor, RequirePermission } from 'ringfence/nest';
import { AUTH_DEPENDENCIES, type AuthDependencies } from '../auth/index.js';
import { TENANT_PRISMA, type TenantPrisma } from '../database/index.js';
import { answerChanged, answerCreated, answerRead } from '../http/answer.js';
import type { WantedVersions } from '../http/etag.js';
import { id as idSchema } from '../http/id.js';
import { IfMatch } from '../http/if-match.decorator.js';
import { ACCOUNT_MAILS, type AccountMails } from '../mailed-tokens/index.js';
import { Answers, Refuses, Revalidates } from '../openapi/index.js';
import { createUser } from './create-user.js';
import { deleteUser } from './delete-user.js';
import { getUser } from './get-user.js';
import { listUsers } from './list-users.js';
import { resetSecondFactor } from './reset-second-factor.js';
import { revokeUserSessions } from './revoke-user-sessions.js';
import { updateUser } from './update-user.js';
import {
  type NewUser,
  newUser,
  type UserChange,
  type UsersQuery,
  userChange,
  usersQuery,
} from './user-schemas.js';
import { userPageSchema, userSchema, userView } from './user-view.js';

const HOUR = 3600;

@ApiTags('users')
@ApiBearerAuth()
@Controller('users')
export class UsersController {
  constructor(
    @Inject(TENANT_PRISMA) private readonly prisma: TenantPrisma,
    @Inject(ACCOUNT_MAILS) private readonly mails: AccountMails,
    @Inject(AUTH_DEPENDENCIES) private readonly accounts: AuthDependencies,
  ) {}

  @Get()
  @RequirePermission('user.read')
  @ApiOperation({ summary: 'List users' })
  @Answers(200, { description: 'One page, the oldest first.', schema: userPageSchema })
  list(@Query({ schema: usersQuery }) query: UsersQuery) {
    return listUsers(this.prisma, query);
  }

  @Get(':id')
  @RequirePermission('user.read')
  @ApiOperation({ summary: 'Read a user' })
  @Answers(200, { description: 'The user.', schema: userSchema, headers: ['ETag'] })
  @Revalidates()
  async get(
    @Param('id', { schema: idSchema }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerRead(reply, await getUser(this.prisma, id), userView);
  }

  @Post()
  @RequirePermission('user.create')
  @ApiOperation({
    summary: 'Create a user',
    description:
      'The user has no password yet and cannot log in. Nobody gives what they do not hold; only an owner makes an owner. The own address must be verified.',
  })
  @Answers(201, { description: 'The new user.', schema: userSchema, headers: ['ETag', 'Location'] })
  @Refuses('ALREADY_EXISTS', 'EMAIL_UNVERIFIED', 'QUOTA_EXCEEDED', 'REFERENCE_NOT_FOUND')
  async create(
    @CurrentActor() actor: Actor,
    @Body({ schema: newUser }) input: NewUser,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return answerCreated(reply, '/users', await createUser(this.prisma, actor, input), userView);
  }

  @Patch(':id')
  @RequirePermission('user.update')
  @ApiOperation({
    summary: 'Change a user',
    description:
      'A new role counts from the next request on. Nobody changes somebody who may do more than they, or gives what they do not hold; only an owner changes or makes an owner. A new address takes that the own one is verified, and is mailed: a few times an hour.',
  })
  @Answers(200, { description: 'The changed user.', schema: userSchema, headers: ['ETag'] })
  @Refuses('ALREADY_EXISTS', 'EMAIL_UNVERIFIED', 'LAST_OWNER', 'REFERENCE_NOT_FOUND')
  async update(
    @CurrentActor() actor: Actor,
    @Param('id', { schema: idSchema }) id: string,
    @IfMatch() wanted: WantedVersions,
    @Body({ schema: userChange }) fields: UserChange,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    try {
      const row = await updateUser(this.mails, actor, id, wanted, fields);
      return answerChanged(reply, row, userView);
    } catch (error) {
      if (isRingfenceError(error, 'RATE_LIMITED')) reply.header('retry-after', HOUR);
      throw error;
    }
  }

  @Delete(':id')
  @RequirePermission('user.delete')
  @ApiOperation({
    summary: 'Delete a user',
    description: 'Memberships and sessions of the user go with it. Only an owner deletes an owner.',
  })
  @Answers(204, { description: 'It is gone.' })
  @Refuses('LAST_OWNER')
  delete(
    @CurrentActor() actor: Actor,
    @Param('id', { schema: idSchema }) id: string,
    @IfMatch() wanted: WantedVersions,
  ) {
    return deleteUser(this.prisma, actor, id, wanted);
  }

  @Delete(':id/sessions')
  @RequirePermission('session.delete')
  @ApiOperation({
    summary: 'End every session of a user',
    description: 'The user may log in again. Only an owner ends the sessions of an owner.',
  })
  @Answers(204, { description: 'They have ended.' })
  revokeSessions(@CurrentActor() actor: Actor, @Param('id', { schema: idSchema }) id: string) {
    return revokeUserSessions(this.prisma, actor, id);
  }

  @Delete(':id/second-factor')
  @RequirePermission('second-factor.delete')
  @ApiOperation({
    summary: 'Take the second factor of a user away who has lost it',
    description:
      'Every session of the user ends, and the user is told by mail. Only an owner does it for an owner.',
  })
  @Answers(204, { description: 'It is gone.' })
  resetSecondFactor(@CurrentActor() actor: Actor, @Param('id', { schema: idSchema }) id: string) {
    return resetSecondFactor(this.accounts, actor, id);
  }
}

import { Body, Controller, Get, Header, Inject, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { TenantContext } from 'ringfence/context';
import { ClaimedTenants, Public, RequirePermission, Tenant } from 'ringfence/nest';
import { SessionCookie } from '../edge/index.js';
import { Client, type RequestClient } from '../http/request-client.js';
import { Answers, Refuses } from '../openapi/index.js';
import { AUTH_DEPENDENCIES, type AuthDependencies } from './auth-dependencies.js';
import {
  type LoginInput,
  loginSchema,
  meSchema,
  type RefreshTokenInput,
  refreshTokenSchema,
  sessionSchema,
} from './auth-schemas.js';
import { logIn } from './log-in.js';
import { logOut } from './log-out.js';
import { readMe } from './read-me.js';
import { refreshSession } from './refresh-session.js';

/** Nothing of these routes may stay in a cache: RFC 6749, 5.1. */
const NoStore = () => Header('Cache-Control', 'no-store');

@ApiTags('auth')
@Controller('auth')
export class AuthController {
  constructor(
    @Inject(AUTH_DEPENDENCIES) private readonly dependencies: AuthDependencies,
    private readonly claimed: ClaimedTenants,
  ) {}

  @Post('login')
  @Public('begins a session; the password is checked here')
  @NoStore()
  @ApiOperation({
    summary: 'Log in to one tenant',
    description: 'The host, path or header may name the tenant as well, and must then agree.',
  })
  @Answers(200, { description: 'The tokens of a new session.', schema: sessionSchema })
  @SessionCookie()
  @Refuses(
    'CROSS_SITE_REFUSED',
    'TENANT_SOURCES_DISAGREE',
    'CREDENTIALS_INVALID',
    'SECOND_FACTOR_REQUIRED',
    'SECOND_FACTOR_WRONG',
    'LOG_IN_THROTTLED',
    'TENANT_SUSPENDED',
    'TENANT_DELETING',
    'OVERLOADED',
  )
  async login(
    @Body({ schema: loginSchema }) input: LoginInput,
    @Client() client: RequestClient,
    @Req() request: FastifyRequest,
  ) {
    const { name, tenant } = await this.claimed.resolve(request, input.tenant);
    const directory = { findTenant: async () => tenant };
    return logIn({ ...this.dependencies, directory }, { ...input, tenant: name }, client);
  }

  @Post('refresh')
  @Public('the access token may have expired; the refresh token is checked here')
  @NoStore()
  @ApiOperation({
    summary: 'Exchange a refresh token for the next tokens',
    description: 'Each refresh token is good once. A second use ends the session.',
  })
  @Answers(200, { description: 'The next tokens of the session.', schema: sessionSchema })
  @SessionCookie({ takesToken: true })
  @Refuses(
    'REFRESH_TOKEN_INVALID',
    'TENANT_SOURCES_DISAGREE',
    'TENANT_SUSPENDED',
    'TENANT_DELETING',
    'CROSS_SITE_REFUSED',
  )
  refresh(
    @Body({ schema: refreshTokenSchema }) input: RefreshTokenInput,
    @Client() client: RequestClient,
    @Req() request: FastifyRequest,
  ) {
    const directory = this.claimed.directoryFor(request);
    return refreshSession({ ...this.dependencies, directory }, input, client);
  }

  @Post('logout')
  @Public('the access token may have expired; the refresh token names the session')
  @NoStore()
  @ApiOperation({ summary: 'End a session', description: 'Also when it has ended already.' })
  @Answers(204, { description: 'The session has ended.' })
  @SessionCookie({ takesToken: true })
  @Refuses('CROSS_SITE_REFUSED', 'TENANT_SOURCES_DISAGREE')
  logout(@Body({ schema: refreshTokenSchema }) input: RefreshTokenInput) {
    return logOut(this.dependencies, input);
  }

  @Get('me')
  @ApiBearerAuth()
  @RequirePermission('self.read')
  @NoStore()
  @ApiOperation({ summary: 'Who am I, and in which tenant?' })
  @Answers(200, { description: 'The person behind the access token.', schema: meSchema })
  me(@Tenant() tenant: TenantContext) {
    return readMe(this.dependencies, tenant);
  }
}

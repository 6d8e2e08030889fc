import { Body, Controller, Delete, Header, Inject, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { TenantContext } from 'ringfence/context';
import { RequirePermission, Tenant } from 'ringfence/nest';
import { Client, type RequestClient } from '../http/request-client.js';
import { Answers, Refuses } from '../openapi/index.js';
import { AUTH_DEPENDENCIES, type AuthDependencies } from './auth-dependencies.js';
import { changePassword } from './passwords/change-password.js';
import { type PasswordChange, passwordChange } from './passwords/password-schemas.js';
import {
  confirmSecondFactor,
  enrolSecondFactor,
  removeSecondFactor,
  renewRecoveryCodes,
} from './second-factor/change-second-factor.js';
import {
  enrolledSchema,
  type FactorConfirmation,
  type FactorEnrolment,
  type FactorProof,
  factorConfirmation,
  factorEnrolment,
  factorProof,
  recoveryCodesSchema,
} from './second-factor/factor-schemas.js';

const NoStore = () => Header('Cache-Control', 'no-store');

/** What people change about their own way in. */
@ApiTags('auth')
@ApiBearerAuth()
@Controller('auth')
export class AccountController {
  constructor(@Inject(AUTH_DEPENDENCIES) private readonly dependencies: AuthDependencies) {}

  @Put('password')
  @RequirePermission('self.update')
  @NoStore()
  @ApiOperation({ summary: 'Change my password', description: 'Every other session of mine ends.' })
  @Answers(204, { description: 'It is changed.' })
  @Refuses('PASSWORD_WRONG', 'LOG_IN_THROTTLED', 'CREDENTIALS_INVALID', 'OVERLOADED')
  changePassword(
    @Tenant() tenant: TenantContext,
    @Body({ schema: passwordChange }) input: PasswordChange,
    @Client() client: RequestClient,
  ) {
    return changePassword(this.dependencies, tenant, input, client);
  }

  @Post('second-factor')
  @RequirePermission('self.update')
  @NoStore()
  @ApiOperation({
    summary: 'Begin a second factor',
    description: 'The secret is answered once. It counts when it is confirmed with a code.',
  })
  @Answers(201, { description: 'What an authenticator app needs.', schema: enrolledSchema })
  @Refuses('PASSWORD_WRONG', 'LOG_IN_THROTTLED', 'CONFLICT', 'OVERLOADED')
  enrol(
    @Tenant() tenant: TenantContext,
    @Body({ schema: factorEnrolment }) input: FactorEnrolment,
    @Client() client: RequestClient,
  ) {
    return enrolSecondFactor(this.dependencies, tenant, input, client);
  }

  @Post('second-factor/confirm')
  @RequirePermission('self.update')
  @NoStore()
  @ApiOperation({
    summary: 'Turn the second factor on',
    description: 'Every other session of mine ends. The recovery codes are answered once.',
  })
  @Answers(200, { description: 'Ten recovery codes.', schema: recoveryCodesSchema })
  @Refuses('SECOND_FACTOR_WRONG', 'LOG_IN_THROTTLED')
  confirm(
    @Tenant() tenant: TenantContext,
    @Body({ schema: factorConfirmation }) input: FactorConfirmation,
    @Client() client: RequestClient,
  ) {
    return confirmSecondFactor(this.dependencies, tenant, input, client);
  }

  @Delete('second-factor')
  @RequirePermission('self.update')
  @NoStore()
  @ApiOperation({ summary: 'Remove my second factor' })
  @Answers(204, { description: 'It is gone, and so are its recovery codes.' })
  @Refuses('PASSWORD_WRONG', 'SECOND_FACTOR_WRONG', 'LOG_IN_THROTTLED', 'OVERLOADED')
  remove(
    @Tenant() tenant: TenantContext,
    @Body({ schema: factorProof }) input: FactorProof,
    @Client() client: RequestClient,
  ) {
    return removeSecondFactor(this.dependencies, tenant, input, client);
  }

  @Post('second-factor/recovery-codes')
  @RequirePermission('self.update')
  @NoStore()
  @ApiOperation({ summary: 'Make new recovery codes', description: 'Those from before are gone.' })
  @Answers(200, { description: 'Ten recovery codes.', schema: recoveryCodesSchema })
  @Refuses('PASSWORD_WRONG', 'SECOND_FACTOR_WRONG', 'LOG_IN_THROTTLED', 'OVERLOADED')
  recoveryCodes(
    @Tenant() tenant: TenantContext,
    @Body({ schema: factorProof }) input: FactorProof,
    @Client() client: RequestClient,
  ) {
    return renewRecoveryCodes(this.dependencies, tenant, input, client);
  }
}

import { Module } from '@nestjs/common';
import { AccessPatterns } from 'ringfence/access-patterns';
import { TENANCY_OPTIONS } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { ACCOUNT_KEYS } from '../account-keys/index.js';
import { SERVER_CONFIG } from '../config.js';
import { TENANT_PRISMA } from '../database/index.js';
import { MAILER } from '../mail/index.js';
import { AccountController } from './account.controller.js';
import { AuthController } from './auth.controller.js';
import { AUTH_DEPENDENCIES, authDependencies } from './auth-dependencies.js';
import { AuthKeysModule } from './auth-keys.module.js';
import { PASSWORD_RULES } from './passwords/password-rules.js';
import { PasswordsModule } from './passwords/passwords.module.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SIGNING_KEYS } from './signing-keys.js';

/**
 * Logging in, refreshing, logging out, and who am I. Stands on the database and the request path,
 * which are global, and hands the signing keys on.
 */
@Module({
  imports: [AuthKeysModule, PasswordsModule],
  exports: [AuthKeysModule, AUTH_DEPENDENCIES],
  controllers: [AuthController, AccountController, SessionsController],
  providers: [
    {
      provide: AUTH_DEPENDENCIES,
      inject: [
        TenantPool,
        TENANT_PRISMA,
        SIGNING_KEYS,
        ACCOUNT_KEYS,
        PASSWORD_RULES,
        MAILER,
        SERVER_CONFIG,
        TENANCY_OPTIONS,
        AccessPatterns,
      ],
      useFactory: authDependencies,
    },
  ],
})
export class AuthModule {}

import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import { JwtService } from '@nestjs/jwt';
import { AccessPatterns, observeAccess } from 'ringfence/access-patterns';
import {
  API_KEY_PREFIX,
  ApiKeyVerifier,
  JwtTokenVerifier,
  MemberCache,
  NodeSignals,
  TenancyModule,
  verifyByPrefix,
} from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { fromPrisma } from 'ringfence/prisma';
import type { EventLogger } from 'ringfence/telemetry';
import { AccessPatternsModule, alertsModule } from './access-patterns/index.js';
import { AccountKeysModule } from './account-keys/index.js';
import { AccountPageModule } from './account-page/index.js';
import { ApiKeysModule, ApiKeyVerifierModule } from './api-keys/index.js';
import { AuditLogModule } from './audit-log/index.js';
import { AuthKeysModule, AuthModule, SIGNING_KEYS, type SigningKeys } from './auth/index.js';
import { BackgroundModule } from './background/index.js';
import type { ServerConfig } from './config.js';
import { changeFeed, DatabaseModule } from './database/index.js';
import { DocumentsModule } from './documents/index.js';
import { DomainsModule } from './domains/index.js';
import { EdgeModule } from './edge/index.js';
import { EmailVerificationsModule } from './email-verifications/index.js';
import { ExpiredRowsModule } from './expired-rows/index.js';
import { FrontPageModule } from './front-page/index.js';
import { HealthModule } from './health/index.js';
import { addressOf } from './http/request-client.js';
import { tenantResolvers } from './http/tenant-sources.js';
import { InvitationsModule } from './invitations/index.js';
import { LimitsModule, RATE_LIMITER, type ServerRateLimiter } from './limits/index.js';
import { MailModule } from './mail/index.js';
import { MembersModule } from './members/index.js';
import { migrationsModule } from './migrations/index.js';
import { OpenApiModule } from './openapi/index.js';
import { OrganizationsModule } from './organizations/index.js';
import { PasswordResetsModule } from './password-resets/index.js';
import { mayChangeRights } from './permissions.js';
import { PersonsModule } from './persons/index.js';
import { ProjectsModule } from './projects/index.js';
import { QuotasModule } from './quotas/index.js';
import { RegistrationsModule } from './registrations/index.js';
import { RolesModule } from './roles/index.js';
import { type ServerTelemetry, TelemetryModule } from './telemetry/index.js';
import { UsersModule } from './users/index.js';

@Module({})
class AppModule {}

/**
 * The whole server. Its requests go the way of ringfence/nest (docs/request-path.md), which therefore
 * stands before everything that has routes.
 */
export function appModule(
  config: ServerConfig,
  logger: EventLogger,
  telemetry: ServerTelemetry,
): DynamicModule {
  const { observers, tracing } = telemetry;
  const signals = new NodeSignals();
  return {
    module: AppModule,
    imports: [
      ConfigModule.forRoot({
        isGlobal: true,
        // The environment was read and checked before; see config.ts.
        ignoreEnvFile: true,
        skipProcessEnv: true,
        load: [registerAs('server', () => config)],
      }),
      EdgeModule,
      TelemetryModule.forRoot(telemetry),
      DatabaseModule,
      AccessPatternsModule.forRoot(config, logger),
      AccountKeysModule,
      TenancyModule.forRootAsync({
        imports: [
          AuthKeysModule,
          MembersModule,
          ApiKeyVerifierModule,
          LimitsModule.forRoot(config, logger),
        ],
        inject: [
          TenantPool,
          SIGNING_KEYS,
          MemberCache,
          ApiKeyVerifier,
          RATE_LIMITER,
          AccessPatterns,
        ],
        useFactory: (
          pool: TenantPool,
          keys: SigningKeys,
          members: MemberCache,
          apiKeys: ApiKeyVerifier,
          { limiter, requestShares }: ServerRateLimiter,
          patterns: AccessPatterns,
        ) => ({
          logger,
          verifier: verifyByPrefix(
            { [API_KEY_PREFIX]: apiKeys },
            new JwtTokenVerifier({
              jwt: new JwtService({}),
              keys: () => keys.publicKeys,
              issuer: config.JWT_ISSUER,
              audience: config.JWT_AUDIENCE,
            }),
          ),
          directory: pool,
          members,
          resolvers: tenantResolvers(config.BASE_DOMAINS),
          ...changeFeed(config, logger, apiKeys),
          limiter,
          ...(tracing && { tracing }),
          clientAddress: (request) => addressOf(request, config.TRUSTED_PROXIES),
          observers: [observeAccess(patterns), signals, ...observers],
          privileged: mayChangeRights,
          requestShares,
          mapError: fromPrisma,
        }),
      }),
      migrationsModule(signals),
      MailModule.forRoot(config),
      BackgroundModule,
      AuthModule,
      PasswordResetsModule,
      EmailVerificationsModule,
      AccountPageModule,
      ExpiredRowsModule,
      RegistrationsModule,
      InvitationsModule,
      OrganizationsModule,
      UsersModule,
      PersonsModule,
      RolesModule,
      ApiKeysModule,
      ProjectsModule,
      DocumentsModule,
      AuditLogModule,
      alertsModule(config),
      QuotasModule,
      DomainsModule,
      HealthModule,
      OpenApiModule,
      FrontPageModule,
    ],
  };
}

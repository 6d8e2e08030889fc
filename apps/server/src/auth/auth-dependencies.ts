import type { AccessPatterns } from 'ringfence/access-patterns';
import type { TenancyOptions } from 'ringfence/nest';
import type { TenantPool } from 'ringfence/postgres';
import type { AccountKeys } from '../account-keys/index.js';
import type { ServerConfig } from '../config.js';
import type { TenantPrisma } from '../database/index.js';
import type { Mailer } from '../mail/index.js';
import { AccessTokenIssuer } from './access-token.js';
import type { AccountDependencies } from './account-dependencies.js';
import { AccountNotices } from './account-notice.js';
import type { LogInDependencies } from './log-in.js';
import type { PasswordRules } from './passwords/password-rules.js';
import type { RefreshSessionDependencies } from './refresh-session.js';
import { SecondFactors } from './second-factor/second-factors.js';
import type { SigningKeys } from './signing-keys.js';
import { LogInThrottle } from './throttle/log-in-throttle.js';

/** Injects the {@link AuthDependencies}. */
export const AUTH_DEPENDENCIES = Symbol('AUTH_DEPENDENCIES');

/** What the verbs of this folder need; each of them names its own part. */
export type AuthDependencies = LogInDependencies & RefreshSessionDependencies & AccountDependencies;

/** Puts together what the verbs need, once per application. */
export function authDependencies(
  pool: TenantPool,
  prisma: TenantPrisma,
  keys: SigningKeys,
  accountKeys: AccountKeys,
  rules: PasswordRules,
  mailer: Mailer,
  config: ServerConfig,
  { logger }: Pick<TenancyOptions, 'logger'>,
  patterns: AccessPatterns,
): AuthDependencies {
  const accessTokens = new AccessTokenIssuer(keys, {
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    seconds: config.ACCESS_TOKEN_SECONDS,
  });
  return {
    directory: pool,
    prisma,
    accountKeys,
    issuer: {
      accessTokens,
      keys: accountKeys,
      refreshTokenDays: config.REFRESH_TOKEN_DAYS,
      sessionDays: config.SESSION_DAYS,
    },
    throttle: new LogInThrottle(prisma, accountKeys),
    secondFactors: new SecondFactors(prisma, accountKeys),
    rules,
    notices: new AccountNotices(mailer),
    acceptDemoPassword: config.RINGFENCE_MODE === 'demo',
    logger,
    patterns,
  };
}

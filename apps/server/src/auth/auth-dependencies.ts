import type { TenancyOptions } from 'ringfence/nest';
import type { TenantPool } from 'ringfence/postgres';
import type { AccountKeys } from '../account-keys/index.js';
import type { ServerConfig } from '../config.js';
import type { TenantPrisma } from '../database/index.js';
import { AccessTokenIssuer } from './access-token.js';
import type { LogInDependencies } from './log-in.js';
import type { RefreshSessionDependencies } from './refresh-session.js';
import type { SigningKeys } from './signing-keys.js';

/** Injects the {@link AuthDependencies}. */
export const AUTH_DEPENDENCIES = Symbol('AUTH_DEPENDENCIES');

/** What the verbs of this folder need; each of them names its own part. */
export type AuthDependencies = LogInDependencies & RefreshSessionDependencies;

/** Puts together what the verbs need, once per application. */
export function authDependencies(
  pool: TenantPool,
  prisma: TenantPrisma,
  keys: SigningKeys,
  accountKeys: AccountKeys,
  config: ServerConfig,
  { logger }: Pick<TenancyOptions, 'logger'>,
): AuthDependencies {
  const accessTokens = new AccessTokenIssuer(keys, {
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    seconds: config.ACCESS_TOKEN_SECONDS,
  });
  return {
    directory: pool,
    prisma,
    issuer: {
      accessTokens,
      keys: accountKeys,
      refreshTokenDays: config.REFRESH_TOKEN_DAYS,
      sessionDays: config.SESSION_DAYS,
    },
    acceptDemoPassword: config.RINGFENCE_MODE === 'demo',
    logger,
  };
}

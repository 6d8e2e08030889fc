export { AccessTokenIssuer, type AccessTokenOptions } from './access-token.js';
export { AuthModule } from './auth.module.js';
export { AUTH_DEPENDENCIES, type AuthDependencies } from './auth-dependencies.js';
export { AuthKeysModule } from './auth-keys.module.js';
export { loginSchema, type SessionView, sessionSchema } from './auth-schemas.js';
export { inTenantOf } from './in-tenant-of.js';
export { DEMO_PASSWORD, hashPassword, verifyPassword } from './password.js';
export { PASSWORD_RULES, type PasswordOwner, PasswordRules } from './passwords/password-rules.js';
export { newPassword } from './passwords/password-schemas.js';
export { PasswordsModule } from './passwords/passwords.module.js';
export { requirePassword } from './passwords/require-password.js';
export { proveCredentials, stillProven } from './prove-credentials.js';
export { requireSecondFactor } from './second-factor/require-second-factor.js';
export {
  issueSession,
  type SessionIssuer,
  type SessionOwner,
} from './sessions/issue-session.js';
export { revokeSessions, type SessionsOfUser } from './sessions/revoke-sessions.js';
export {
  generateSigningKeys,
  parseSigningKeys,
  readSigningKeys,
  SIGNING_KEYS,
  type SigningKeys,
  type SigningKeysDocument,
  writeSigningKeys,
} from './signing-keys.js';

export { AccessTokenIssuer, type AccessTokenOptions } from './access-token.js';
export { type AccountEvent, accountNotice } from './account-notice.js';
export { AuthModule } from './auth.module.js';
export { AUTH_DEPENDENCIES, type AuthDependencies } from './auth-dependencies.js';
export { AuthKeysModule } from './auth-keys.module.js';
export { DEMO_PASSWORD, hashPassword, verifyPassword } from './password.js';
export { PASSWORD_RULES, type PasswordOwner, PasswordRules } from './passwords/password-rules.js';
export { newPassword } from './passwords/password-schemas.js';
export { PasswordsModule } from './passwords/passwords.module.js';
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

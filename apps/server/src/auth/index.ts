export { AccessTokenIssuer, type AccessTokenOptions } from './access-token.js';
export { AuthModule } from './auth.module.js';
export { AuthKeysModule } from './auth-keys.module.js';
export { checkNewPassword, newPassword } from './new-password.js';
export { DEMO_PASSWORD, hashPassword, verifyPassword } from './password.js';
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

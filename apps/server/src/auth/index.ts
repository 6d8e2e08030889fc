export { AccessTokenIssuer, type AccessTokenOptions } from './access-token.js';
export { AuthModule } from './auth.module.js';
export { AuthKeysModule } from './auth-keys.module.js';
export { DEMO_PASSWORD, hashPassword } from './password.js';
export {
  generateSigningKeys,
  parseSigningKeys,
  readSigningKeys,
  SIGNING_KEYS,
  type SigningKeys,
  type SigningKeysDocument,
  writeSigningKeys,
} from './signing-keys.js';

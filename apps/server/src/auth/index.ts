export { AccessTokenIssuer, type AccessTokenOptions } from './access-token.js';
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

export { ApiKeyVerifierModule } from './api-key-verifier.module.js';
export { ApiKeysModule } from './api-keys.module.js';

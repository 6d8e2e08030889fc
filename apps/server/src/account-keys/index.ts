export { ACCOUNT_KEYS, type AccountKey, AccountKeys, type AccountPurpose } from './account-keys.js';
export { AccountKeysModule } from './account-keys.module.js';

export type { Login } from '../sql/index.js';
export { type DeployOptions, deployMigrations } from './deploy-migrations.js';
export { type MigrationFile, readMigrations } from './read-migrations.js';
export { type SetUpOptions, setUpDatabase } from './set-up-database.js';
export {
  type ContextKeysOptions,
  listStoredKeys,
  removeContextKey,
  type StoreKeysOptions,
  storeContextKeys,
} from './store-context-keys.js';

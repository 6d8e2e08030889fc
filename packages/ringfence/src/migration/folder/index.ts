export { type BackfillBatch, type BackfillDefinition, defineBackfill } from './define-backfill.js';
export { parseDuration } from './parse-duration.js';
export { parseTableName } from './parse-table-name.js';
export type {
  Backfill,
  GateLimits,
  MigrationMeta,
  ModuleBackfill,
  PhasedMigration,
  RingDefinition,
  RingSelector,
  SqlBackfill,
  SqlFile,
  TableName,
} from './phased-migration.js';
export { readMigrationFolder } from './read-migration-folder.js';
export { readMigrationFolders } from './read-migration-folders.js';
export { readSqlFile } from './read-sql-file.js';
export { type ScaffoldOptions, scaffoldMigration } from './scaffold-migration.js';

export { type AskOptions, MigrationDesk, type MigrationDeskOptions } from './migration-desk.js';

export { type ContractOptions, contractBlockers } from './contract.js';
export { MigrationRunner, type MigrationRunnerOptions } from './migration-runner.js';

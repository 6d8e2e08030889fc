export { type ContractOptions, contractBlockers } from './contract.js';
export { expandServers, type MigrationServer } from './expand-servers.js';
export { MigrationRunner, type MigrationRunnerOptions } from './migration-runner.js';

import type { RingfenceConfig } from './ringfence-config.js';

/**
 * Gives `ringfence.config.ts` its type; returns what it was given.
 *
 * `ringfence audit` and `ringfence prove` read the file from the folder that they are started in, or
 * from where `--config FILE` says. An option on the command line wins over the file.
 *
 * @example
 * import { defineConfig } from 'ringfence/config';
 *
 * export default defineConfig({
 *   tenantColumn: 'tenant_id',
 *   audit: { url: process.env.AUDIT_URL, appRoles: ['app_login'], failOn: 'medium' },
 * });
 */
export function defineConfig(config: RingfenceConfig): RingfenceConfig {
  return config;
}

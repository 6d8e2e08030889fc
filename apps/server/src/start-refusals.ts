import { fromPostgres } from 'ringfence/errors';
import type { TenantPool } from 'ringfence/postgres';
import type { SigningKeys } from './auth/index.js';
import type { ServerConfig } from './config.js';

/**
 * Looks for reasons not to start: keys that everybody knows, a database that is not there, a role
 * that row-level security does not hold, a tenant table without it.
 *
 * @returns one sentence each; none when all is well.
 */
export async function startRefusals(
  config: ServerConfig,
  keys: SigningKeys,
  pool: TenantPool,
): Promise<string[]> {
  if (config.RINGFENCE_MODE === 'production' && keys.demo) {
    return ['The signing keys in JWT_KEYS_FILE are demo keys, and this is production.'];
  }
  try {
    return (await pool.checkApplicationRole()).map(({ sentence }) => sentence);
  } catch (error) {
    const { detail } = fromPostgres(error);
    // The driver's message may name user and host; the code is enough to look it up.
    const code = (error as { code?: string }).code;
    return [`The database of DATABASE_URL cannot be used: ${detail ?? `${code ?? 'no answer'}.`}`];
  }
}

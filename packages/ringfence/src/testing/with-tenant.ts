import { runInTenant, type TenantContext, type TenantId } from '../context/index.js';
import type { TestTenant } from './two-tenants.js';

/**
 * Runs `fn` as a tenant; each call is a stretch of work of its own, so a test can switch tenants as it
 * likes, one after the other or side by side.
 *
 * @example
 * await withTenant(a, async () => expect(await pool.query('SELECT FROM notes')).toHaveProperty('rowCount', 1));
 * await withTenant(b, async () => expect(await pool.query('SELECT FROM notes')).toHaveProperty('rowCount', 0));
 */
export function withTenant<T>(
  tenant: TestTenant | TenantId | TenantContext,
  fn: () => T | PromiseLike<T>,
): Promise<T> {
  return runInTenant(typeof tenant === 'object' && 'slug' in tenant ? tenant.id : tenant, fn);
}

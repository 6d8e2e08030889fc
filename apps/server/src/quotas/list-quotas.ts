import type { TenantPool } from 'ringfence/postgres';
import { OWN_QUOTAS_STATEMENT } from 'ringfence/sql';
import type { Quota } from './quota-schemas.js';

/** What the tenant has of each quota and what it may have, as the database enforces it. */
export async function listQuotas(pool: Pick<TenantPool, 'query'>): Promise<{ items: Quota[] }> {
  // bigint comes as text; no tenant has 9 petabytes.
  const { rows } = await pool.query(OWN_QUOTAS_STATEMENT);
  return {
    items: rows.map(({ quota, used, allowed }: Record<string, string | null>) => ({
      name: String(quota),
      used: Number(used),
      allowed: allowed === null ? null : Number(allowed),
    })),
  };
}

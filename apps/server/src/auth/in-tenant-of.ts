import { createHash } from 'node:crypto';
import { parseTenantId, runInTenant, type TenantId, tenantContext } from 'ringfence/context';
import type { DirectoryEntry, TenantPool } from 'ringfence/postgres';
import type { AccountKeys } from '../account-keys/index.js';

/** What {@link inTenantOf} needs. */
export interface TenantEntry {
  readonly directory: Pick<TenantPool, 'findTenant'>;
  readonly accountKeys: AccountKeys;
}

/**
 * Works in the tenant that somebody without a token has named; under the id of no tenant, when there is
 * none of that name. Then the work has the same statements to send, and attempts to count: one id stands
 * for all names that do not exist.
 *
 * @param name slug, host or id.
 * @param reason what for, for the actor of the context.
 */
export async function inTenantOf<T>(
  { directory, accountKeys }: TenantEntry,
  name: string,
  reason: string,
  work: (tenant: DirectoryEntry | undefined) => Promise<T>,
): Promise<T> {
  const tenant = await directory.findTenant(name);
  const context = tenantContext(tenant?.id ?? noTenant(accountKeys), { kind: 'system', reason });
  return runInTenant(context, () => work(tenant), { nested: 'separate' });
}

/** The same on every node that holds the same keys, and known to nobody else. */
function noTenant(keys: AccountKeys): TenantId {
  const mac = keys.mac('throttle', 'the tenant that is none');
  const hex = createHash('sha256').update(mac).digest('hex');
  // RFC 9562, 5.8: version 8 holds whatever one likes. Tenants have version 4.
  return parseTenantId(
    [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`]
      .concat(hex.slice(20, 32))
      .join('-'),
  );
}

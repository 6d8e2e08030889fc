import type { TenantId } from './tenant-id.js';

/**
 * The mark that an entity carries from the row it was read from: the row's tenant id, whether or not
 * `tenantId` itself is shown. A symbol key survives spreading and never reaches JSON.
 */
export const ROW_TENANT: unique symbol = Symbol.for('ringfence.row-tenant');

/** Marks an entity with the tenant of its row. Returns the same object. */
export function markRowTenant<T extends object>(entity: T, tenantId: string): T {
  (entity as { [ROW_TENANT]?: string })[ROW_TENANT] = tenantId;
  return entity;
}

/** The tenant that an entity's row belongs to, or `undefined` for anything unmarked. */
export function rowTenantOf(value: object): TenantId | undefined {
  return (value as { [ROW_TENANT]?: TenantId })[ROW_TENANT];
}

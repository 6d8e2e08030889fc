import type { Actor } from './actor.js';
import type { TenantId } from './tenant-id.js';

/** Who a piece of work is for. Immutable; carried by AsyncLocalStorage, never by a singleton. */
export interface TenantContext {
  readonly tenantId: TenantId;
  readonly actor: Actor;
}

/**
 * Builds a frozen {@link TenantContext}.
 *
 * @example
 * tenantContext(tenantId, { kind: 'system', reason: 'nightly export' });
 */
export function tenantContext(tenantId: TenantId, actor: Actor): TenantContext {
  return Object.freeze({ tenantId, actor: Object.freeze({ ...actor }) });
}

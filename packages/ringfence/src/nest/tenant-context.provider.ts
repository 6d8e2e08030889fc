import type { FactoryProvider } from '@nestjs/common';
import { currentTenant, type TenantContext } from '../context/index.js';

/**
 * Injects the tenant context of whatever work is running into an ordinary singleton.
 *
 * @example
 * constructor(@Inject(TENANT_CONTEXT) private readonly tenant: TenantContext) {}
 */
export const TENANT_CONTEXT = Symbol('ringfence.tenant-context');

/**
 * One object for all requests: its getters read AsyncLocalStorage at each access. A request-scoped
 * provider would be built before the guards have verified anything.
 *
 * Reading it throws RingfenceError `TENANT_CONTEXT_MISSING` where there is no tenant.
 */
export const tenantContextProvider: FactoryProvider<TenantContext> = {
  provide: TENANT_CONTEXT,
  useFactory: () =>
    Object.freeze({
      get tenantId() {
        return currentTenant().tenantId;
      },
      get actor() {
        return currentTenant().actor;
      },
    }),
};

import { RingfenceError } from '../errors/index.js';

/** What the directory says about a tenant: only an active one is worked for. */
export type TenantState = 'active' | 'suspended' | 'deleting';

/**
 * Refuses work for a tenant that is not active. Only for somebody with valid credentials: a stranger must
 * not learn in which state a tenant is.
 *
 * @throws RingfenceError `TENANT_SUSPENDED`, `TENANT_DELETING`
 */
export function requireActive(state: TenantState): void {
  if (state === 'suspended') throw new RingfenceError('TENANT_SUSPENDED');
  if (state === 'deleting') throw new RingfenceError('TENANT_DELETING');
}

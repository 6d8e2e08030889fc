import type { Alert } from 'ringfence/access-patterns';
import { markRowTenant } from 'ringfence/context';

/** An alert as a tenant's people see it. */
export function alertView(alert: Alert) {
  const { tenantId, raisedAt: createdAt, ...shown } = alert;
  const view = { ...shown, createdAt };
  return tenantId === null ? view : markRowTenant(view, tenantId);
}

/** An alert as the operator sees it: with whose it is. The operator is in no tenant. */
export function platformAlertView({ raisedAt: createdAt, ...shown }: Alert) {
  return { ...shown, createdAt };
}

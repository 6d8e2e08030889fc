import type { Alert, AlertBook } from 'ringfence/access-patterns';
import type { TenantId } from 'ringfence/context';
import { type Page, toPage } from '../http/page.js';
import type { AlertsQuery } from './alert-schemas.js';

/** One page of a tenant's alerts, or of all for the platform, the newest first. */
export async function listAlerts<Item>(
  book: AlertBook,
  owner: TenantId,
  { limit, cursor }: AlertsQuery,
  view: (alert: Alert) => Item,
): Promise<Page<Item>> {
  const before = cursor && { raisedAt: cursor.createdAt, id: cursor.id };
  const alerts = await book.page(owner, before, limit + 1);
  const rows = alerts.map((alert) => ({ id: alert.id, createdAt: alert.raisedAt, alert }));
  return toPage(rows, { limit, cursor }, ({ alert }) => view(alert));
}

import { markRowTenant } from 'ringfence/context';
import type { Queryable } from 'ringfence/sql';
import type { Position } from '../http/cursor.js';
import { type Page, toPage } from '../http/page.js';
import type { AuditLogFilters, AuditLogQuery } from './audit-log-schemas.js';

/** A row of the log as it is answered. */
export interface AuditEntry {
  readonly id: string;
  readonly createdAt: Date;
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string | null;
  readonly changed: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly actorKind: string;
  readonly actorId: string | null;
  readonly actorSession: string | null;
  readonly requestId: string | null;
}

/** One page of what was done in the tenant, the newest first. */
export async function listAuditLog(
  pool: Queryable,
  { limit, cursor, ...filters }: AuditLogQuery,
): Promise<Page<AuditEntry>> {
  const rows = await readAuditLog(pool, filters, cursor, limit + 1);
  return toPage(rows, { limit, cursor }, (row) => row);
}

/** Rows of the log behind a position, the newest first: by keyset, like every list. */
export async function readAuditLog(
  pool: Queryable,
  filters: AuditLogFilters,
  behind: Position | undefined,
  limit: number,
): Promise<AuditEntry[]> {
  const values: unknown[] = [];
  const value = (given: unknown, type: string): string => `$${values.push(given)}::${type}`;
  const { actor, objectType, objectId, from, to } = filters;
  const wanted = [
    ...(actor === undefined ? [] : [`actor_id = ${value(actor, 'text')}`]),
    ...(objectType === undefined ? [] : [`object_type = ${value(objectType, 'text')}`]),
    ...(objectId === undefined ? [] : [`object_id = ${value(objectId, 'uuid')}`]),
    ...(from === undefined ? [] : [`created_at >= ${value(from, 'timestamptz')}`]),
    ...(to === undefined ? [] : [`created_at < ${value(to, 'timestamptz')}`]),
    ...(behind === undefined
      ? []
      : [
          `(created_at, id) < (${value(behind.createdAt.toISOString(), 'timestamptz')}, ${value(behind.id, 'uuid')})`,
        ]),
  ];
  const { rows } = await pool.query<AuditEntry & { tenant_id: string }>(
    `SELECT tenant_id, id, created_at AS "createdAt", action, object_type AS "objectType",
  object_id AS "objectId", changed, details, actor_kind AS "actorKind", actor_id AS "actorId",
  actor_session AS "actorSession", request_id AS "requestId"
FROM ringfence.audit_log${wanted.length > 0 ? ` WHERE ${wanted.join(' AND ')}` : ''}
ORDER BY created_at DESC, id DESC LIMIT ${value(limit, 'bigint')}`,
    values,
  );
  return rows.map(({ tenant_id, ...entry }) => markRowTenant(entry, tenant_id));
}

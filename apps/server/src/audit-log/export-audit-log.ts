import { Readable } from 'node:stream';
import { csvCell } from 'ringfence/audit-log';
import { captureFrame } from 'ringfence/context';
import type { Queryable } from 'ringfence/sql';
import type { Position } from '../http/cursor.js';
import type { AuditLogExportQuery } from './audit-log-schemas.js';
import { type AuditEntry, readAuditLog } from './list-audit-log.js';

const ROWS_PER_READ = 500;
const COLUMNS = [
  'createdAt',
  'id',
  'action',
  'objectType',
  'objectId',
  'changed',
  'details',
  'actorKind',
  'actorId',
  'actorSession',
  'requestId',
] as const;

/**
 * The whole log of the tenant, as far as it was asked for, as a stream. Each piece is a query of its own,
 * made when the client has read the one before: nobody holds a connection or a transaction meanwhile.
 */
export function exportAuditLog(
  pool: Queryable,
  { format, ...filters }: AuditLogExportQuery,
): Readable {
  // The stream is read from the socket's context; the tenant is that of whoever asked.
  const inFrame = captureFrame();
  async function* lines(): AsyncGenerator<string> {
    if (format === 'csv') yield `${COLUMNS.join(',')}\r\n`;
    // What is written from now on would otherwise never end.
    const to = filters.to ?? new Date().toISOString();
    for (let behind: Position | undefined; ; ) {
      const rows = await inFrame(() =>
        readAuditLog(pool, { ...filters, to }, behind, ROWS_PER_READ),
      );
      if (rows.length > 0) yield rows.map((row) => lineOf(row, format)).join('');
      behind = rows.at(-1);
      if (!behind || rows.length < ROWS_PER_READ) return;
    }
  }
  return Readable.from(lines(), { objectMode: false, highWaterMark: 65_536 });
}

function lineOf(entry: AuditEntry, format: 'jsonl' | 'csv'): string {
  if (format === 'jsonl') return `${JSON.stringify(entry)}\n`;
  const cells = COLUMNS.map((name) => {
    const value = entry[name];
    if (value === null || typeof value === 'string') return csvCell(value);
    return csvCell(value instanceof Date ? value.toISOString() : JSON.stringify(value));
  });
  return `${cells.join(',')}\r\n`;
}

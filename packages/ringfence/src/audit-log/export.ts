import { type AuditDatabase, type ChainName, tablesOf } from './chain.js';
import { type Entry, entryColumns } from './entry.js';
import { type Place, START } from './seal.js';

/** How an export is written. */
export type ExportFormat = 'jsonl' | 'csv';

const COLUMNS = [
  'created_at',
  'id',
  'action',
  'object_type',
  'object_id',
  'changed',
  'details',
  'actor_kind',
  'actor_id',
  'actor_session',
  'request_id',
  'login',
] as const;
const ROWS_PER_READ = 1000;

/** A row as one line of an export. */
export function exportLine(entry: Entry, format: ExportFormat): string {
  if (format === 'csv') return COLUMNS.map((name) => csvCell(entry[name])).join(',');
  const { owner: _, xact: __, changed, details, ...rest } = entry;
  return JSON.stringify({ ...rest, changed: JSON.parse(changed), details: JSON.parse(details) });
}

/** The first line of an export, where its format has one. */
export function exportHeader(format: ExportFormat): string | undefined {
  return format === 'csv' ? COLUMNS.join(',') : undefined;
}

/**
 * A cell of a CSV file. What a spreadsheet would take for a formula gets an apostrophe in front: names are
 * chosen by people, and one of them may be an attacker's.
 *
 * @see RFC 4180; OWASP, "CSV Injection"
 * @example
 * csvCell('=HYPERLINK("http://evil")'); // "'=HYPERLINK(""http://evil"")"
 */
export function csvCell(value: string | null): string {
  if (value === null) return '';
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Reads a whole log line by line, in pages of their own transactions, in the order of sealing. */
export async function* exportAuditLog(options: {
  readonly database: AuditDatabase;
  readonly chain: ChainName;
  readonly format: ExportFormat;
}): AsyncGenerator<string> {
  const { database, chain, format } = options;
  const header = exportHeader(format);
  if (header !== undefined) yield header;
  const tables = tablesOf(chain);
  const sql = `SELECT ${entryColumns(tables)} FROM ${tables.log} AS audited
WHERE (audited.xact, audited.id) > ($1::xid8, $2::uuid)
ORDER BY audited.xact, audited.id LIMIT $3`;
  for (let behind: Place = START; ; ) {
    const { rows } = await database.inChain(chain, (db) =>
      db.query<Entry>(sql, [behind.xact, behind.id, ROWS_PER_READ]),
    );
    for (const row of rows) yield exportLine(row, format);
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_PER_READ) return;
    behind = last;
  }
}

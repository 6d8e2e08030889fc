import { createHash } from 'node:crypto';
import type { ChainTables } from './chain.js';

/** A row of a log, every value as text: what is hashed must not depend on how a driver reads it. */
export interface Entry {
  readonly owner: string | null;
  readonly created_at: string;
  readonly id: string;
  readonly xact: string;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: string | null;
  readonly changed: string;
  readonly details: string;
  readonly actor_kind: string;
  readonly actor_id: string | null;
  readonly actor_session: string | null;
  readonly request_id: string | null;
  readonly login: string;
}

/**
 * A time as text, the same in every session and for no other time: the years before the first are marked,
 * and infinity, which has no digits, has its name.
 */
export function timeText(time: string): string {
  return `coalesce(to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    || CASE WHEN ${time} < '0001-01-01 00:00:00+00' THEN ' BC' ELSE '' END, ${time}::text)`;
}

/** The select list that reads rows as {@link Entry}, the same on every server and in every session. */
export function entryColumns({ owner }: ChainTables): string {
  return `${owner}::text AS owner, ${timeText('created_at')} AS created_at, id::text, xact::text,
  action, object_type, object_id::text, array_to_json(changed)::text AS changed, details::text,
  actor_kind, actor_id, actor_session, request_id, login`;
}

/** The bytes of a row in a seal: 16 of its id, 8 of its time in milliseconds, 32 of its digest. */
export const ENTRY_BYTES = 56;

/**
 * SHA-256 over the row as a JSON array of texts, in the order of {@link Entry}.
 *
 * @see RFC 8785 for why JSON of texts alone has one form
 */
export function digestOf(entry: Entry): Buffer {
  const values = [
    'ringfence-audit-entry/1',
    entry.owner,
    entry.created_at,
    entry.id,
    entry.xact,
    entry.action,
    entry.object_type,
    entry.object_id,
    entry.changed,
    entry.details,
    entry.actor_kind,
    entry.actor_id,
    entry.actor_session,
    entry.request_id,
    entry.login,
  ];
  return createHash('sha256').update(JSON.stringify(values)).digest();
}

/** What a seal keeps of a row. */
export interface SealedEntry {
  readonly id: string;
  /** Milliseconds since 1970; 0 for a time that no clock shows. */
  readonly at: number;
  readonly digest: Buffer;
}

/** Writes what a seal keeps of a row. */
export function packEntry(entry: Entry): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.write(entry.id.replaceAll('-', ''), 0, 'hex');
  // Zero for a time that no clock has shown: it must not keep the chain from being sealed.
  bytes.writeBigInt64BE(BigInt(Date.parse(entry.created_at) || 0), 16);
  digestOf(entry).copy(bytes, 24);
  return bytes;
}

/** Reads the entries of a seal back. */
export function unpackEntries(bytes: Buffer): SealedEntry[] {
  const entries: SealedEntry[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const hex = bytes.toString('hex', at, at + 16);
    entries.push({
      id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      at: Number(bytes.readBigInt64BE(at + 16)),
      digest: bytes.subarray(at + 24, at + ENTRY_BYTES),
    });
  }
  return entries;
}

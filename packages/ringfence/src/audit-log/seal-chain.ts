import type { Queryable } from '../sql/index.js';
import { type AuditDatabase, type ChainName, tablesOf } from './chain.js';
import { type Entry, entryColumns, packEntry } from './entry.js';
import { headStatement, NO_HASH, type Seal, START, sealHash } from './seal.js';

/** How far a chain is sealed. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** What {@link sealChain} did. */
export interface Sealed {
  /** The last seal, new or not; `undefined` while there is none. */
  readonly head: Head | undefined;
  /** Rows that were sealed now. */
  readonly rows: number;
}

/** Rows per seal: 56 kB of digests, and what verification holds at a time. */
const ROWS_PER_SEAL = 1000;
const TAKEN = '23505';
/** How often another sealer may be quicker. */
const MAX_LOST = 20;

/**
 * Seals what is final in a chain and was not sealed yet.
 *
 * Transactions commit in another order than they began, so a time or a number says nothing about what may
 * still come. What says it is the horizon of the snapshot: every transaction before `pg_snapshot_xmin` has
 * ended, and a row of one that we do not see will never be there. Nobody waits for us, and we wait for
 * nobody: what runs stays unsealed until it has ended.
 *
 * @throws the driver's error, except when another sealer was quicker.
 * @see PostgreSQL manual, 9.27.9 "Transaction ID and Snapshot Information Functions"
 */
export async function sealChain(database: AuditDatabase, chain: ChainName): Promise<Sealed> {
  let rows = 0;
  for (let lost = 0; ; ) {
    try {
      const { head, count } = await database.inChain(chain, (db) => sealNext(db, chain));
      rows += count;
      if (count < ROWS_PER_SEAL) return { head, rows };
    } catch (error) {
      // Another sealer wrote this seal: go on behind it.
      lost += 1;
      if ((error as { code?: string }).code !== TAKEN || lost > MAX_LOST) throw error;
    }
  }
}

async function sealNext(
  db: Queryable,
  chain: ChainName,
): Promise<{ head: Head | undefined; count: number }> {
  const tables = tablesOf(chain);
  const heads = await db.query<{ seq: string; xact: string; id: string; hash: string }>(
    headStatement(tables),
  );
  const last = heads.rows[0];
  // No sealer gets that far: somebody gave a seal this number, and verification says so.
  if (last && !Number.isSafeInteger(Number(last.seq))) return { head: undefined, count: 0 };
  const from = last ?? START;
  const { rows: entries } = await db.query<Entry>(
    `SELECT ${entryColumns(tables)} FROM ${tables.log} AS audited
WHERE (xact, audited.id) > ($1::xid8, $2::uuid) AND xact < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY audited.xact, audited.id LIMIT $3`,
    [from.xact, from.id, ROWS_PER_SEAL],
  );
  const head = last && { seq: Number(last.seq), hash: last.hash };
  const end = entries.at(-1);
  if (!end) return { head, count: 0 };
  const times = entries.map(({ created_at }) => created_at).sort();
  const unhashed = {
    seq: (head?.seq ?? 0) + 1,
    firstAt: times[0] ?? '',
    lastAt: times.at(-1) ?? '',
    through: { xact: end.xact, id: end.id },
    entries: Buffer.concat(entries.map(packEntry)),
    previousHash: head?.hash ?? NO_HASH,
    sealedAt: new Date().toISOString(),
  };
  const seal = { ...unhashed, hash: sealHash(chain, unhashed) };
  await db.query(insertStatement(tables.seals), valuesOf(seal));
  return { head: { seq: seal.seq, hash: seal.hash }, count: entries.length };
}

function insertStatement(seals: string): string {
  return `INSERT INTO ${seals} (seq, first_at, last_at, through_xact, through_id, entries,
  previous_hash, hash, sealed_at)
VALUES ($1, $2, $3, $4::xid8, $5, $6, decode($7, 'hex'), decode($8, 'hex'), $9)`;
}

function valuesOf(seal: Seal): unknown[] {
  const { seq, firstAt, lastAt, through, entries, previousHash, hash, sealedAt } = seal;
  return [seq, firstAt, lastAt, through.xact, through.id, entries, previousHash, hash, sealedAt];
}

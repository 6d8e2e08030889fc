import { createHash } from 'node:crypto';
import { canonical } from '../signing/index.js';
import type { ChainName, ChainTables } from './chain.js';
import { timeText } from './entry.js';

/** A place in a log, in the order in which it is sealed. */
export interface Place {
  readonly xact: string;
  readonly id: string;
}

/** A seal as it stands in the database; hashes in hex. */
export interface Seal {
  readonly seq: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly through: Place;
  readonly entries: Buffer;
  readonly previousHash: string;
  readonly hash: string;
  readonly sealedAt: string;
}

/** The first place of all: nobody's row, unless somebody puts one there. What the first seal follows. */
export const START: Place = { xact: '0', id: '00000000-0000-0000-0000-000000000000' };
export const NO_HASH = '0'.repeat(64);

/** The hash of a seal over everything that it says, the digests of its rows and the seal before it. */
export function sealHash(chain: ChainName, seal: Omit<Seal, 'hash'>): string {
  const { entries, ...rest } = seal;
  const said = {
    format: 'ringfence-audit-seal/1',
    chain,
    ...rest,
    entries: createHash('sha256').update(entries).digest('hex'),
  };
  return createHash('sha256').update(canonical(said)).digest('hex');
}

interface SealRow {
  seq: string;
  first_at: string;
  last_at: string;
  through_xact: string;
  through_id: string;
  entries: Buffer;
  previous_hash: string;
  hash: string;
  sealed_at: string;
}

const time = (column: string): string => `${timeText(column)} AS ${column}`;

/** Reads seals behind `$1`, in their order, at most `$2`. */
export function sealsStatement({ seals }: ChainTables): string {
  return `SELECT seq::text, ${time('first_at')}, ${time('last_at')}, through_xact::text,
  through_id::text, entries, encode(previous_hash, 'hex') AS previous_hash, encode(hash, 'hex') AS hash,
  ${time('sealed_at')} FROM ${seals} AS s WHERE s.seq > $1 ORDER BY s.seq LIMIT $2`;
}

/** The last seal: how far a chain is, and where it goes on. */
export function headStatement({ seals }: ChainTables): string {
  return `SELECT seq::text, through_xact::text AS xact, through_id::text AS id,
  encode(hash, 'hex') AS hash FROM ${seals} AS s ORDER BY s.seq DESC LIMIT 1`;
}

/** A seal out of a row of {@link sealsStatement}. */
export function toSeal(row: object): Seal {
  const read = row as SealRow;
  return {
    seq: Number(read.seq),
    firstAt: read.first_at,
    lastAt: read.last_at,
    through: { xact: read.through_xact, id: read.through_id },
    entries: read.entries,
    previousHash: read.previous_hash,
    hash: read.hash,
    sealedAt: read.sealed_at,
  };
}

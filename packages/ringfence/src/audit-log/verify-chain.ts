import { type AuditDatabase, type ChainName, tablesOf } from './chain.js';
import { digestOf, type Entry, entryColumns, timeText, unpackEntries } from './entry.js';
import { NO_HASH, type Place, type Seal, START, sealHash, sealsStatement, toSeal } from './seal.js';

/** What is wrong with a chain. */
export type FindingKind =
  | 'row-deleted'
  | 'row-altered'
  | 'row-inserted'
  | 'seal-altered'
  | 'seal-missing'
  | 'chain-cut'
  | 'chain-rewritten';

/** One thing that is not as it was sealed. */
export interface AuditFinding {
  readonly kind: FindingKind;
  readonly chain: ChainName;
  /** Number of the seal that shows it. */
  readonly seal: number;
  /** Id of the row, where it is one row. */
  readonly row?: string;
  readonly detail: string;
}

/** What was found out about one chain. */
export interface ChainReport {
  readonly chain: ChainName;
  readonly seals: number;
  readonly rows: number;
  /** Sealed rows that went with a partition that was dropped for its age. */
  readonly dropped: number;
  /** The gap: rows that no seal covers yet, and the oldest of them. */
  readonly unsealed: number;
  readonly oldestUnsealed: string | null;
  readonly findings: readonly AuditFinding[];
  /** Findings beyond those that are listed. */
  readonly more: number;
}

/** A stretch of time whose rows were dropped, as a verified statement says. */
export interface DroppedRange {
  readonly from: number;
  readonly to: number;
}

const SEALS_PER_READ = 16;
const ROWS_PER_READ = 2000;
const MAX_LISTED = 100;

/**
 * Compares every sealed row of a chain with what its seal says, and every seal with the one before.
 * Holds the digests of some seals at a time, whatever the length of the chain.
 *
 * @param dropped stretches of time in which rows are gone for a reason that somebody has signed.
 */
export async function verifyChain(
  database: AuditDatabase,
  chain: ChainName,
  dropped: readonly DroppedRange[],
): Promise<ChainReport> {
  const findings = new Findings(chain);
  const state = { seq: 0, hash: NO_HASH, through: START, rows: 0, dropped: 0 };
  for (;;) {
    const seals = await readSeals(database, chain, state.seq);
    if (seals.length === 0) break;
    for (const seal of seals) {
      checkSeal(findings, chain, seal, state);
      const seen = await checkRows(database, chain, seal, state.through, dropped, findings);
      state.rows += seen.rows;
      state.dropped += seen.dropped;
      Object.assign(state, { seq: seal.seq, hash: seal.hash, through: seal.through });
    }
    // Nobody counts that far, and what is behind it cannot be asked for. It was found above.
    if (!Number.isSafeInteger(state.seq)) break;
  }
  const gap = await readGap(database, chain, state.through);
  const { rows, dropped: gone, seq } = state;
  return { chain, seals: seq, rows, dropped: gone, ...gap, ...findings.report() };
}

class Findings {
  readonly #listed: AuditFinding[] = [];
  #more = 0;

  constructor(readonly chain: ChainName) {}

  add(kind: FindingKind, seal: number, detail: string, row?: string): void {
    if (this.#listed.length >= MAX_LISTED) this.#more += 1;
    else this.#listed.push({ kind, chain: this.chain, seal, detail, ...(row ? { row } : {}) });
  }

  report(): Pick<ChainReport, 'findings' | 'more'> {
    return { findings: this.#listed, more: this.#more };
  }
}

async function readSeals(
  database: AuditDatabase,
  chain: ChainName,
  behind: number,
): Promise<Seal[]> {
  const { rows } = await database.inChain(chain, (db) =>
    db.query(sealsStatement(tablesOf(chain)), [behind, SEALS_PER_READ]),
  );
  return rows.map(toSeal);
}

function checkSeal(
  findings: Findings,
  chain: ChainName,
  seal: Seal,
  before: { readonly seq: number; readonly hash: string; readonly through: Place },
): void {
  if (seal.seq > before.seq + 1) {
    const detail = `there is none before number ${seal.seq}, which is there`;
    findings.add('seal-missing', before.seq + 1, detail);
  }
  const { hash, ...said } = seal;
  if (sealHash(chain, said) !== hash) {
    findings.add('seal-altered', seal.seq, 'it does not say what was hashed');
  } else if (seal.seq === before.seq + 1 && seal.previousHash !== before.hash) {
    findings.add(
      'seal-altered',
      seal.seq,
      'it follows another seal than the one that stands before it',
    );
  }
  if (!isBehind(seal.through, before.through)) {
    findings.add('seal-altered', seal.seq, 'it covers nothing behind the seal before it');
  }
}

async function checkRows(
  database: AuditDatabase,
  chain: ChainName,
  seal: Seal,
  from: Place,
  ranges: readonly DroppedRange[],
  findings: Findings,
): Promise<{ rows: number; dropped: number }> {
  const expected = new Map(unpackEntries(seal.entries).map((entry) => [entry.id, entry]));
  let rows = 0;
  for await (const row of rowsBetween(database, chain, from, seal.through)) {
    rows += 1;
    const entry = expected.get(row.id);
    if (!entry) {
      findings.add('row-inserted', seal.seq, 'it came after this stretch was sealed', row.id);
    } else if (!entry.digest.equals(digestOf(row))) {
      findings.add(
        'row-altered',
        seal.seq,
        'it says something else than when it was sealed',
        row.id,
      );
    }
    expected.delete(row.id);
  }
  let dropped = 0;
  for (const { id, at } of expected.values()) {
    if (ranges.some((range) => at >= range.from && at < range.to)) dropped += 1;
    else findings.add('row-deleted', seal.seq, `it was written at ${timeOf(at)}`, id);
  }
  return { rows, dropped };
}

async function* rowsBetween(
  database: AuditDatabase,
  chain: ChainName,
  from: Place,
  to: Place,
): AsyncGenerator<Entry> {
  const tables = tablesOf(chain);
  for (let behind = from; ; ) {
    const sql = `SELECT ${entryColumns(tables)} FROM ${tables.log} AS audited
WHERE (audited.xact, audited.id) ${behindOf(behind)} ($1::xid8, $2::uuid) AND (audited.xact, audited.id) <= ($3::xid8, $4::uuid)
ORDER BY audited.xact, audited.id LIMIT $5`;
    const values = [behind.xact, behind.id, to.xact, to.id, ROWS_PER_READ];
    const { rows } = await database.inChain(chain, (db) => db.query<Entry>(sql, values));
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < ROWS_PER_READ) return;
    behind = last;
  }
}

async function readGap(
  database: AuditDatabase,
  chain: ChainName,
  behind: Place,
): Promise<Pick<ChainReport, 'unsealed' | 'oldestUnsealed'>> {
  const { rows } = await database.inChain(chain, (db) =>
    db.query<{ n: string; oldest: string | null }>(
      `SELECT count(*)::text AS n, ${timeText('min(created_at)')} AS oldest
FROM ${tablesOf(chain).log} WHERE (xact, id) ${behindOf(behind)} ($1::xid8, $2::uuid)`,
      [behind.xact, behind.id],
    ),
  );
  return { unsealed: Number(rows[0]?.n ?? 0), oldestUnsealed: rows[0]?.oldest ?? null };
}

/** At the very start there is no row before: one that stands on it was put there. */
function behindOf(place: Place): '>' | '>=' {
  return place === START ? '>=' : '>';
}

function isBehind(one: Place, other: Place): boolean {
  const [mine, theirs] = [BigInt(one.xact), BigInt(other.xact)];
  return mine === theirs ? one.id > other.id : mine > theirs;
}

function timeOf(at: number): string {
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString() : String(at);
}

import { fingerprint } from '../signing/index.js';
import { type AuditDatabase, type ChainName, listChains, tablesOf } from './chain.js';
import { type Drop, readStatement } from './checkpoint.js';
import {
  type AuditFinding,
  type ChainReport,
  type DroppedRange,
  verifyChain,
} from './verify-chain.js';

/** What {@link verifyAuditLog} is asked for. */
export interface VerifyOptions {
  readonly database: AuditDatabase;
  /** Lines of the file that the sealer's statements went to; without it a cut tail cannot be seen. */
  readonly checkpoints?: AsyncIterable<string> | undefined;
  /** Fingerprints of the keys that may have signed; without it, the first signer of the checkpoints is believed. */
  readonly signers?: readonly string[];
  /** Only these chains. */
  readonly only?: readonly ChainName[];
  /** Told of each chain when it is done. */
  readonly report?: (chain: ChainReport) => void;
}

/** What the whole verification found. Per chain see `report`. */
export interface AuditVerification {
  readonly intact: boolean;
  readonly chains: number;
  readonly rows: number;
  readonly unsealed: number;
  readonly dropped: number;
  /** Partitions that were dropped for their age, as signed. */
  readonly drops: readonly Drop[];
  /** Heads that were compared; `null` without a checkpoint file. */
  readonly heads: number | null;
  /** Seals behind the last signed one of their chain: nothing shows yet when these are cut. */
  readonly unsigned: number;
  /** When the newest statement was signed: from a file that was put back to an older state, an old time. */
  readonly signedUntil: string | null;
  readonly signers: readonly string[];
  readonly findings: readonly AuditFinding[];
  /** What is wrong with the statements themselves. */
  readonly complaints: readonly string[];
}

/** Heads that are compared at a time. */
const HEADS_AT_A_TIME = 5000;
const MAX_KEPT = 1000;

/**
 * Verifies all chains: rows against seals, seals against each other, and both against what was signed and
 * kept away from the database. Reads in pieces, so that neither the log nor the file has to fit in memory.
 *
 * @example
 * const result = await verifyAuditLog({ database, checkpoints: linesOf('audit-checkpoints.jsonl') });
 */
export async function verifyAuditLog(options: VerifyOptions): Promise<AuditVerification> {
  const { database, checkpoints, only, report } = options;
  const witness = new Witness(options);
  // The statements first: what is sealed meanwhile is behind them.
  if (checkpoints) await witness.readAll(checkpoints);
  const drops = await readDrops(database, witness);
  const ranges: DroppedRange[] = drops.map(({ from, to }) => ({
    from: Date.parse(from),
    to: Date.parse(to),
  }));
  const known = new Set<ChainName>([...(await listChains(database)), ...witness.signed.keys()]);
  const wanted = [...known].filter((chain) => !only || only.includes(chain));
  const totals = { rows: 0, unsealed: 0, dropped: 0, unsigned: 0 };
  const findings: AuditFinding[] = [...witness.findings];
  for (const chain of wanted) {
    const found = await verifyChain(database, chain, chain === 'platform' ? [] : ranges);
    totals.rows += found.rows;
    totals.unsealed += found.unsealed;
    totals.dropped += found.dropped;
    totals.unsigned += Math.max(0, found.seals - (witness.signed.get(chain) ?? 0));
    if (findings.length < MAX_KEPT) findings.push(...found.findings);
    report?.(found);
  }
  return {
    intact: findings.length === 0 && witness.complaints.length === 0,
    chains: wanted.length,
    ...totals,
    drops,
    heads: checkpoints ? witness.heads : null,
    signedUntil: witness.signedUntil,
    signers: [...witness.signers],
    findings,
    complaints: witness.complaints,
  };
}

/** What was signed and kept elsewhere, compared with what stands in the database. */
class Witness {
  readonly signers: Set<string>;
  /** Number of the last signed seal of each chain. */
  readonly signed = new Map<ChainName, number>();
  signedUntil: string | null = null;
  readonly findings: AuditFinding[] = [];
  readonly complaints: string[] = [];
  heads = 0;
  readonly #database: AuditDatabase;
  readonly #only: readonly ChainName[] | undefined;
  readonly #firstIsBelieved: boolean;
  #waiting = new Map<ChainName, Map<number, string>>();
  #count = 0;

  constructor({ database, signers = [], checkpoints, only }: VerifyOptions) {
    this.#database = database;
    this.#only = only;
    this.signers = new Set(signers);
    // Of what stands in the database itself nobody is believed unnamed: anybody can sign it.
    this.#firstIsBelieved = signers.length === 0 && checkpoints !== undefined;
  }

  async readAll(lines: AsyncIterable<string>): Promise<void> {
    let number = 0;
    for await (const line of lines) {
      number += 1;
      if (line.trim() === '') continue;
      const statement = readStatement(line);
      if (!statement) this.#complain(`line ${number} of the checkpoints is not what was signed`);
      else if (!this.believes(statement.publicKey)) {
        this.#complain(`line ${number} of the checkpoints was signed by somebody else`);
      } else if (statement.format === 'ringfence-audit-checkpoint/1') {
        const { at, heads } = statement;
        if (this.signedUntil === null || at > this.signedUntil) this.signedUntil = at;
        for (const [chain, seq, hash] of heads) await this.#compare(chain, seq, hash);
      }
    }
    await this.#flush();
    if (this.heads === 0) this.#complain('the checkpoints hold nothing to compare with');
  }

  /** Is this one of the signers? Nobody named any: the first one of the file is, and nobody else after it. */
  believes(publicKey: string): boolean {
    const signer = fingerprint(publicKey);
    if (this.#firstIsBelieved && this.signers.size === 0) this.signers.add(signer);
    return this.signers.has(signer);
  }

  complainAboutDrop(partition: string): void {
    this.#complain(`that ${partition} was dropped is not signed by whoever may drop it`);
  }

  #complain(sentence: string): void {
    if (this.complaints.length < MAX_KEPT) this.complaints.push(sentence);
  }

  async #compare(chain: ChainName, seq: number, hash: string): Promise<void> {
    this.signed.set(chain, Math.max(seq, this.signed.get(chain) ?? 0));
    const own = this.#waiting.get(chain) ?? new Map<number, string>();
    const other = own.get(seq);
    if (other !== undefined && other !== hash) this.#rewritten(chain, seq);
    own.set(seq, hash);
    this.#waiting.set(chain, own);
    this.heads += 1;
    this.#count += 1;
    if (this.#count >= HEADS_AT_A_TIME) await this.#flush();
  }

  async #flush(): Promise<void> {
    for (const [chain, heads] of this.#waiting) {
      const { rows } = await this.#database.inChain(chain, (db) =>
        db.query<{ seq: string; hash: string }>(
          `SELECT seq::text, encode(hash, 'hex') AS hash FROM ${tablesOf(chain).seals} WHERE seq = ANY ($1::bigint[])`,
          [[...heads.keys()]],
        ),
      );
      const there = new Map(rows.map(({ seq, hash }) => [Number(seq), hash]));
      for (const [seq, hash] of heads) {
        const found = there.get(seq);
        if (found === undefined) this.#cut(chain, seq);
        else if (found !== hash) this.#rewritten(chain, seq);
      }
    }
    this.#waiting = new Map();
    this.#count = 0;
  }

  #cut(chain: ChainName, seal: number): void {
    this.#find({
      kind: 'chain-cut',
      chain,
      seal,
      detail: 'it was signed, and is not there any more',
    });
  }

  #rewritten(chain: ChainName, seal: number): void {
    const detail = 'another seal was signed under this number';
    this.#find({ kind: 'chain-rewritten', chain, seal, detail });
  }

  #find(finding: AuditFinding): void {
    // What is wrong with others must not use up the room for what was asked for.
    if (this.#only && !this.#only.includes(finding.chain)) return;
    if (this.findings.length < MAX_KEPT) this.findings.push(finding);
  }
}

async function readDrops(database: AuditDatabase, witness: Witness): Promise<Drop[]> {
  const { rows } = await database.inChain('platform', (db) =>
    db.query<{ partition: string; statement: string }>(
      'SELECT partition, statement FROM ringfence.audit_drops ORDER BY from_at',
    ),
  );
  return rows.flatMap(({ partition, statement }) => {
    const read = readStatement(statement);
    if (read?.format === 'ringfence-audit-drop/1' && witness.believes(read.publicKey)) {
      const { publicKey: _, signature: __, ...drop } = read;
      return [drop];
    }
    witness.complainAboutDrop(partition);
    return [];
  });
}

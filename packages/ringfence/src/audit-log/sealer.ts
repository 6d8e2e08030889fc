import type { KeyObject } from 'node:crypto';
import { type AuditDatabase, type ChainName, listChains } from './chain.js';
import { type CheckpointSink, checkpointLines } from './checkpoint.js';
import { type Head, sealChain } from './seal-chain.js';

/** What a {@link Sealer} works with. */
export interface SealerOptions {
  readonly database: AuditDatabase;
  readonly key: KeyObject;
  readonly sink: CheckpointSink;
  /** Chains that are sealed at the same time. Default 4. */
  readonly concurrency?: number;
}

/** What one round did. */
export interface SealRound {
  readonly chains: number;
  readonly rows: number;
}

const PARTITIONS_AHEAD = 2;
const DAY_MS = 86_400_000;

/**
 * Seals all chains, round by round, and signs how far they are. The first round signs every head: what an
 * earlier sealer wrote and could not sign any more is signed then.
 *
 * @example
 * const sealer = new Sealer({ database, key: signingKey('audit.pem'), sink });
 * await sealer.round();
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #signed = new Map<ChainName, number>();
  #partitionsMadeAt = 0;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /** Seals what is final everywhere. Whatever was signed is kept by the sink when this resolves. */
  async round(): Promise<SealRound> {
    const { database, key, sink, concurrency = 4 } = this.#options;
    const chains = await listChains(database);
    const waiting = chains.values();
    const moved = new Map<ChainName, Head>();
    let rows = 0;
    const work = async (): Promise<void> => {
      for (const chain of waiting) {
        const sealed = await sealChain(database, chain);
        rows += sealed.rows;
        const { head } = sealed;
        if (head && head.seq !== this.#signed.get(chain)) moved.set(chain, head);
      }
    };
    try {
      await Promise.all(Array.from({ length: concurrency }, work));
    } finally {
      // Also when one chain failed: the others have moved.
      for (const line of checkpointLines(moved, key)) await sink.write(line);
      for (const [chain, { seq }] of moved) this.#signed.set(chain, seq);
    }
    // Behind the sealing: a partition that cannot be made must not keep anything unsealed.
    await this.#makePartitions();
    return { chains: chains.length, rows };
  }

  async #makePartitions(): Promise<void> {
    if (Date.now() - this.#partitionsMadeAt < DAY_MS) return;
    await this.#options.database.inChain('platform', (db) =>
      db.query('SELECT ringfence.make_audit_partitions($1)', [PARTITIONS_AHEAD]),
    );
    this.#partitionsMadeAt = Date.now();
  }
}

import type { KeyObject } from 'node:crypto';
import { type Signed, signed, verifySigned } from '../signing/index.js';
import type { ChainName } from './chain.js';
import type { Head } from './seal-chain.js';

/** Where signed statements go, away from the database: a file, an output that is collected, a bucket. */
export interface CheckpointSink {
  /** Keeps one line for good before it resolves. */
  write(line: string): Promise<void>;
}

/** How far chains were when this was signed. */
export interface Checkpoint {
  readonly format: 'ringfence-audit-checkpoint/1';
  readonly at: string;
  /** Chain, number of its last seal, hash of that seal. */
  readonly heads: readonly (readonly [ChainName, number, string])[];
}

/** That a partition was dropped because it was old enough, with everything in it sealed. */
export interface Drop {
  readonly format: 'ringfence-audit-drop/1';
  readonly at: string;
  readonly partition: string;
  /** What stood in it: from this time on, up to and without the other. */
  readonly from: string;
  readonly to: string;
  readonly rows: number;
}

/** Heads per line: no line gets so long that tools choke on it. */
const HEADS_PER_LINE = 200;

/** The lines that say how far chains are, signed. */
export function checkpointLines(heads: ReadonlyMap<ChainName, Head>, key: KeyObject): string[] {
  const all = [...heads].map(([chain, { seq, hash }]) => [chain, seq, hash] as const);
  const lines: string[] = [];
  for (let from = 0; from < all.length; from += HEADS_PER_LINE) {
    const checkpoint: Checkpoint = {
      format: 'ringfence-audit-checkpoint/1',
      at: new Date().toISOString(),
      heads: all.slice(from, from + HEADS_PER_LINE),
    };
    lines.push(JSON.stringify(signed(checkpoint, key)));
  }
  return lines;
}

/** A line of a checkpoint file, its signature verified; `undefined` when it is not what was signed. */
export function readStatement(line: string): Signed<Checkpoint | Drop> | undefined {
  try {
    const statement = JSON.parse(line) as Signed<Checkpoint | Drop>;
    const known =
      (statement.format === 'ringfence-audit-checkpoint/1' && Array.isArray(statement.heads)) ||
      statement.format === 'ringfence-audit-drop/1';
    return known && verifySigned(statement) ? statement : undefined;
  } catch {
    return undefined;
  }
}

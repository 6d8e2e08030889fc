import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerAct } from '../ledger/index.js';

/** What an {@link ActFeed} is made with. */
export interface ActFeedOptions {
  /** Reads the acts behind one of them, the oldest first. */
  readonly read: (after: string, limit: number) => Promise<readonly LedgerAct[]>;
  /** Told of each act once, in order; it is waited for. What it throws stops the feed. */
  readonly onAct: (act: LedgerAct) => void | Promise<void>;
  /** The id of the last act that was told before; `0` for the beginning. */
  readonly after: string;
  /** How often to look, in milliseconds; default 1000. */
  readonly everyMs?: number;
  readonly signal: AbortSignal;
}

const PAGE = 200;
const LAST_RETRY_MS = 30_000;

/**
 * Tells of every act of a migration (each change of state, and what people asked for) once and in order,
 * from a place that the caller keeps. Acts are rows of the ledger, written in the transaction of the change:
 * none is lost when a process dies, and none is told of that did not happen. While the database is away it
 * waits. It holds no connection between two looks.
 *
 * @returns when the signal is aborted.
 */
export async function followActs(options: ActFeedOptions): Promise<void> {
  const { read, onAct, signal, everyMs = 1000 } = options;
  let { after } = options;
  let pause = everyMs;
  while (!signal.aborted) {
    const acts = await read(after, PAGE).catch(() => undefined);
    pause = acts ? everyMs : Math.min(pause * 2, LAST_RETRY_MS);
    for (const act of acts ?? []) {
      if (signal.aborted) return;
      await onAct(act);
      after = act.id;
    }
    if (acts && acts.length === PAGE) continue;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

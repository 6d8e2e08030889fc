import { setTimeout as sleep } from 'node:timers/promises';
import { fromPostgres } from '../../errors/index.js';
import type { Queryable } from '../../sql/index.js';
import type { LedgerAct } from '../ledger/index.js';
import { ActPlace } from './act-place.js';

/** `$1` the last number that is known, `$2` numbers that were passed over, `$3` how many at most. */
const ACTS_QUERY = `SELECT a.id::text AS id, a.at, a.migration, a.ring, a.tenant, a.act, a.actor, a.reason, a.detail
FROM ringfence.migration_acts AS a WHERE a.id > $1::bigint OR a.id = ANY ($2::bigint[])
ORDER BY a.id LIMIT $3`;

/** Acts of all migrations that were not seen yet at that place. */
export async function readActs(
  db: Queryable,
  place: ActPlace,
  limit: number,
): Promise<LedgerAct[]> {
  try {
    const { rows } = await db.query<LedgerAct>(ACTS_QUERY, [place.last, place.gaps(), limit]);
    return rows;
  } catch (error) {
    throw fromPostgres(error);
  }
}

/** What {@link followActs} is given. */
export interface ActFeedOptions {
  /** The platform's own connection; an `OperatorPool` is one. */
  readonly operator: {
    run<T>(reason: string, fn: (client: Queryable) => Promise<T>): Promise<T>;
  };
  /** Told of each act once; it is waited for. What it throws ends the feed. */
  readonly onAct: (act: LedgerAct) => void | Promise<void>;
  /** Where to begin, as `webhookPlace` keeps it: default with the first act there is. */
  readonly place?: ActPlace;
  /** How often to look, in milliseconds; default 1000. */
  readonly everyMs?: number;
  readonly signal: AbortSignal;
}

const PAGE = 200;
const LAST_RETRY_MS = 30_000;

/**
 * Tells of every act of all migrations (each change of state, and what people asked for) once, in order as
 * far as they became visible in order. Acts are rows of the ledger, written in the transaction of the
 * change: none is lost when a process dies, and none is told of that did not happen. While the database is
 * away it waits. It holds no connection between two looks.
 *
 * @returns when the signal is aborted.
 * @example
 * await followActs({ operator, onAct: (act) => endpoint.send(actEvent(act)), signal });
 */
export async function followActs(options: ActFeedOptions): Promise<void> {
  const { operator, onAct, signal, everyMs = 1000, place = new ActPlace() } = options;
  let pause = everyMs;
  while (!signal.aborted) {
    const acts = await operator
      .run('follow migrations', (db) => readActs(db, place, PAGE))
      .catch(() => undefined);
    pause = acts ? everyMs : Math.min(pause * 2, LAST_RETRY_MS);
    for (const act of acts ?? []) {
      if (signal.aborted) return;
      await onAct(act);
      place.pass(act.id);
    }
    if (acts && acts.length === PAGE) continue;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}

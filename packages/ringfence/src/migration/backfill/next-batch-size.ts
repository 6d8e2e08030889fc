/** Between which times a batch should take, and how many rows it may hold. */
export interface BatchAim {
  readonly shortestMs: number;
  readonly longestMs: number;
  readonly fewest: number;
  readonly most: number;
}

/** Long enough to be worth its transaction, short enough that nobody waits long for its locks. */
export const BATCH_AIM: BatchAim = { shortestMs: 100, longestMs: 500, fewest: 1, most: 20_000 };

/** How much a size may change at once: one slow moment says little. */
const MOST_AT_ONCE = 2;

/**
 * How many rows the next batch takes, so that it lands between the times of the aim.
 *
 * @param size how many rows the last one was allowed.
 * @param seen how many it found: one that was not full says nothing about a larger one.
 * @param ms how long it took.
 * @example
 * nextBatchSize({ size: 500, seen: 500, ms: 20 }); // 1000
 */
export function nextBatchSize(
  { size, seen, ms }: { size: number; seen: number; ms: number },
  aim: BatchAim = BATCH_AIM,
): number {
  if (ms >= aim.shortestMs && ms <= aim.longestMs) return size;
  if (ms < aim.shortestMs && seen < size) return size;
  const middle = (aim.shortestMs + aim.longestMs) / 2;
  const wanted = (seen * middle) / Math.max(ms, 1);
  const bounded = Math.min(Math.max(wanted, size / MOST_AT_ONCE), size * MOST_AT_ONCE);
  return Math.round(Math.min(Math.max(bounded, aim.fewest), aim.most));
}

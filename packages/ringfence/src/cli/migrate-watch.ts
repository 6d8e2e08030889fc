import { setTimeout as sleep } from 'node:timers/promises';
import { isRingfenceError } from '../errors/index.js';
import { RolloutPace, type RolloutSnapshot, readSnapshot, watchLines } from '../migration/index.js';
import { nameOf, numberOf, parseMigrate, withLedger } from './migrate-options.js';
import { needsSomebody } from './migrate-status.js';
import { stopSignal } from './stop-signal.js';
import type { ExitCode, Terminal } from './terminal.js';

/** States in which nothing moves any more by itself, but for time. */
const ENDS: ReadonlySet<string> = new Set([
  'held',
  'halted',
  'paused',
  'complete',
  'soaking',
  'contracted',
  'rolled_back',
]);

/**
 * `ringfence migrate watch`: shows how a migration goes on, until it stands still or somebody stops
 * looking. Reads only, and connects for each look: nothing is held while it waits, and a database that is
 * away is waited for. With `--json` one snapshot per line, whenever something has changed.
 */
export async function migrateWatch(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = parseMigrate(args);
  const name = nameOf(positionals, 'watch');
  const everyMs = 1000 * numberOf(values.interval, '--interval', 1);
  const pace = new RolloutPace();
  const stop = stopSignal();
  let last: RolloutSnapshot | undefined;
  let seen = '';
  try {
    while (!stop.signal.aborted) {
      const snapshot = await withLedger(values, terminal, (client) =>
        readSnapshot(client, name),
      ).catch((error: Error) => {
        // It was there before: the database is away, and comes back.
        if (!last || isRingfenceError(error, 'MIGRATION_UNKNOWN')) throw error;
        return undefined;
      });
      if (snapshot) {
        const { at: _, ...state } = snapshot;
        const changed = JSON.stringify(state) !== seen;
        seen = JSON.stringify(state);
        show(snapshot, changed);
        last = snapshot;
        if (ENDS.has(snapshot.state) || snapshot.stopped) break;
      }
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  } finally {
    stop.release();
  }
  return last && needsSomebody(last) ? 1 : 0;

  function show(snapshot: RolloutSnapshot, changed: boolean): void {
    const lines = watchLines(snapshot, pace.after(snapshot));
    if (values.json) {
      if (changed) terminal.out(JSON.stringify(snapshot));
    } else if (terminal.redraw) terminal.redraw(lines);
    // Into a file or a log: what has changed, once.
    else if (changed) for (const line of [...lines, '']) terminal.out(line);
  }
}

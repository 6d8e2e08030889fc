import type { RolloutSnapshot } from './rollout-snapshot.js';

/** How fast a migration goes. */
export interface Pace {
  /** Rows per second over the last minute of looking; `undefined` until two looks say something. */
  readonly rowsPerSecond: number | undefined;
  readonly tenantsPerSecond: number | undefined;
  /** Until the last tenant of the opened rings is switched, in seconds, at this pace. */
  readonly secondsLeft: number | undefined;
}

interface Look {
  readonly at: number;
  readonly rows: number;
  readonly switched: number;
}

/** A minute of looks: short enough to show a change, long enough not to jump with each batch. */
const WINDOW_MS = 60_000;

/**
 * Tells from one snapshot after the other how fast a migration goes. Of a migration that goes back (a
 * rollback, a retry) it says nothing rather than a negative pace.
 *
 * @example
 * const pace = new RolloutPace();
 * for await (const snapshot of snapshots) console.log(pace.after(snapshot).rowsPerSecond);
 */
export class RolloutPace {
  #looks: Look[] = [];

  after(snapshot: RolloutSnapshot): Pace {
    const look = lookAt(snapshot);
    const last = this.#looks.at(-1);
    // What was counted before it went back belongs to another run.
    if (last && (look.rows < last.rows || look.switched < last.switched)) this.#looks = [];
    this.#looks = this.#looks.filter(({ at }) => look.at - at <= WINDOW_MS);
    this.#looks.push(look);
    const [first] = this.#looks;
    const seconds = first ? (look.at - first.at) / 1000 : 0;
    if (!first || seconds <= 0) {
      return { rowsPerSecond: undefined, tenantsPerSecond: undefined, secondsLeft: undefined };
    }
    const rowsPerSecond = (look.rows - first.rows) / seconds;
    const tenantsPerSecond = (look.switched - first.switched) / seconds;
    const waiting = waitingTenants(snapshot);
    const moving = snapshot.state === 'rolling' && snapshot.stopped === null;
    return {
      rowsPerSecond,
      tenantsPerSecond,
      secondsLeft: moving && tenantsPerSecond > 0 ? waiting / tenantsPerSecond : undefined,
    };
  }
}

function lookAt(snapshot: RolloutSnapshot): Look {
  return {
    at: Date.parse(snapshot.at),
    rows: snapshot.rowsDone,
    switched: snapshot.tenants.switched ?? 0,
  };
}

/** Of the rings that are open: those still to be switched without anybody's doing. */
function waitingTenants(snapshot: RolloutSnapshot): number {
  return snapshot.rings
    .filter(({ state }) => state === 'open')
    .flatMap(({ tenants }) => Object.entries(tenants))
    .filter(([state]) => state !== 'switched' && state !== 'quarantined')
    .reduce((sum, [, count]) => sum + count, 0);
}

import type { IncomingMessage } from 'node:http';
import { EventStream, type StreamEvent } from '../../delivery/index.js';
import { isRingfenceError } from '../../errors/index.js';
import type { Queryable } from '../../sql/index.js';
import { readActs } from './act-feed.js';
import { ActPlace } from './act-place.js';
import { readSnapshot } from './read-snapshot.js';
import type { RolloutSnapshot } from './rollout-snapshot.js';

/** What a {@link rolloutStream} is made with. */
export interface RolloutStreamOptions {
  readonly migration: string;
  /** The platform's own connection; an `OperatorPool` is one. */
  readonly operator: {
    run<T>(reason: string, fn: (client: Queryable) => Promise<T>): Promise<T>;
  };
  /** May this request see the migration, and with it the ids of all tenants? */
  readonly allow: (request: IncomingMessage) => boolean | Promise<boolean>;
  /** How often the ledger is looked at while somebody listens, in milliseconds; default 1000. */
  readonly everyMs?: number;
  readonly heartbeatMs?: number;
}

/** So many acts are told to somebody who comes back; who was away for longer begins with the status. */
const MISSED_ACTS = 500;

/**
 * A migration as server-sent events, for a console: `status` (a whole `RolloutSnapshot`) when something
 * has changed, and `act` for each change of state and each thing that somebody asked for.
 *
 * Ids are those of the acts in the ledger, so a reader goes on where it was on any node and after a
 * restart. While nobody listens the database is not asked; no connection is held between two looks.
 *
 * @example
 * const stream = rolloutStream({ migration, operator, allow: isOperator });
 * createServer((request, response) => void stream.handle(request, response)).listen(8080);
 */
export function rolloutStream(options: RolloutStreamOptions): EventStream {
  const { migration, operator, allow, heartbeatMs, everyMs = 1000 } = options;
  /** The last act that was published; nothing while nobody listens. */
  let told: ActPlace | undefined;
  let shown = '';
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Where the migration stands, and what came behind an act, of one moment. */
  const look = (after: ActPlace | undefined) =>
    operator.run('migrate stream', async (db) => {
      const snapshot = await readSnapshot(db, migration);
      const seen = after ? await readActs(db, after, MISSED_ACTS) : [];
      const acts = seen.filter((act) => act.migration === migration || act.migration === '*');
      return { snapshot, seen, acts, last: snapshot.acts[0]?.id ?? '0' };
    });

  const statusEvent = (snapshot: RolloutSnapshot, last: string): StreamEvent => {
    shown = withoutTime(snapshot);
    looks += 1;
    // The number of the look tells two statuses behind the same act apart.
    return { id: `${last}.${looks}`, type: 'status', data: snapshot };
  };
  const actEvents = (acts: readonly { readonly id: string }[]): StreamEvent[] =>
    acts.map((act) => ({ id: act.id, type: 'act', data: act }));

  const stream = new EventStream({
    allow,
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    since: async (lastEventId) => {
      const [, after] = /^(\d{1,18})(?:\.\d+)?$/.exec(lastEventId ?? '') ?? [];
      const { snapshot, seen, acts, last } = await look(after ? new ActPlace(after) : undefined);
      // What comes behind this look is published from now on.
      told ??= new ActPlace(last);
      const missed = seen.length < MISSED_ACTS ? acts : [];
      return [...actEvents(missed), statusEvent(snapshot, last)];
    },
    onReaders: (someone) => {
      clearTimeout(timer);
      if (someone) lookAgain();
      else {
        told = undefined;
        // What happens from here on would be missing from it.
        stream.forget();
      }
    },
  });

  function lookAgain(): void {
    timer = setTimeout(() => void tick(), everyMs);
    timer.unref();
  }

  async function tick(): Promise<void> {
    try {
      if (told !== undefined) {
        const { snapshot, seen, acts, last } = await look(told);
        for (const event of actEvents(acts)) stream.publish(event);
        for (const { id } of seen) told.pass(id);
        if (withoutTime(snapshot) !== shown) stream.publish(statusEvent(snapshot, last));
      }
    } catch (error) {
      // The database may be away for a while; a migration that is not there never comes.
      if (isRingfenceError(error, 'MIGRATION_UNKNOWN')) stream.close();
    }
    if (stream.readers > 0) lookAgain();
    else told = undefined;
  }
  return stream;
}

function withoutTime({ at: _, ...rest }: RolloutSnapshot): string {
  return JSON.stringify(rest);
}

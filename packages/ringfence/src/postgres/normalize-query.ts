import type { QueryConfig, QueryResult } from 'pg';
import { RingfenceError } from '../errors/index.js';

/** node-postgres' old way of handing a result over. */
export type QueryCallback = (error: Error | undefined, result?: QueryResult) => void;

/** One call of `query()`, whatever overload it came by. */
export interface NormalizedQuery {
  readonly config: QueryConfig;
  readonly callback: QueryCallback | undefined;
}

/**
 * Reduces the overloads of node-postgres' `query` to one shape: text or config, values, callback.
 *
 * Every statement goes by the extended protocol: the simple one would run stacked statements, which
 * is how injected SQL leaves the transaction that its tenant is bound to. Names are dropped: a named
 * statement can be replaced by raw SQL of one tenant and then runs for the next.
 *
 * @throws RingfenceError `SUBMITTABLE_REFUSED` for cursors, query streams and anything else that
 *   drives the connection by itself.
 */
export function normalizeQuery(args: readonly unknown[]): NormalizedQuery {
  const [first, second, third] = args;
  const callback = [second, third].find((arg) => typeof arg === 'function');
  const values = Array.isArray(second) ? second : undefined;
  if (typeof first === 'string') {
    return { config: extended({ text: first }, values), callback: callback as QueryCallback };
  }
  if (typeof first !== 'object' || first === null || 'submit' in first) {
    throw new RingfenceError('SUBMITTABLE_REFUSED');
  }
  const {
    callback: own,
    name: _unnamed,
    ...rest
  } = first as QueryConfig & { callback?: QueryCallback };
  return { config: extended(rest, values), callback: (callback as QueryCallback) ?? own };
}

/** Completes a fresh object in place: this is on the path of every statement. */
function extended(fresh: QueryConfig, values: unknown[] | undefined): QueryConfig {
  if (values !== undefined) fresh.values = values;
  return Object.assign(fresh, { queryMode: 'extended' });
}

/** Hands a promise's outcome to a callback if there is one, and returns the promise otherwise. */
export function settle<T>(
  outcome: Promise<T>,
  callback: ((error: Error | undefined, result?: T) => void) | undefined,
): Promise<T> | undefined {
  if (!callback) return outcome;
  // Out of the promise chain: what the callback throws is the caller's, as with node-postgres.
  outcome.then(
    (result) => process.nextTick(callback, undefined, result),
    (error: Error) => process.nextTick(callback, error),
  );
  return undefined;
}

import type { QueryConfig, QueryResult } from 'pg';
import { RingfenceError } from '../errors/index.js';

/** node-postgres' old way of handing a result over. */
export type QueryCallback = (error: Error | undefined, result?: QueryResult) => void;

/** What node-postgres takes beside what its types say. */
export interface StatementConfig extends QueryConfig {
  readonly rowMode?: string;
  readonly binary?: boolean;
}

/** One call of `query()`, whatever overload it came by. */
export interface NormalizedQuery {
  readonly config: StatementConfig;
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
  const given = typeof second === 'function' ? second : third;
  const callback = typeof given === 'function' ? (given as QueryCallback) : undefined;
  const values = Array.isArray(second) ? second : undefined;
  if (typeof first === 'string') return { config: extended({ text: first }, values), callback };
  if (typeof first !== 'object' || first === null || 'submit' in first) {
    throw new RingfenceError('SUBMITTABLE_REFUSED');
  }
  const own = first as StatementConfig & { readonly callback?: QueryCallback };
  return { config: extended(own, values ?? own.values), callback: callback ?? own.callback };
}

/** What a statement is made of, and nothing else: written out, because this is on the path of every one. */
function extended(
  { text, types, rowMode, binary }: StatementConfig,
  values: unknown[] | undefined,
) {
  return { text, values, types, rowMode, binary, queryMode: 'extended' } as StatementConfig;
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

import type { Queryable } from '../../sql/index.js';

/** What the nodes of the application saw in a stretch of time, together. */
export interface NodeSignals {
  readonly requests: number;
  /** Share of the requests that failed, between 0 and 1. */
  readonly errorShare: number;
  /** Mean of the nodes' 95th percentiles, by requests, in milliseconds. */
  readonly p95Ms: number;
}

/**
 * Reads what was reported between two moments.
 *
 * @param from `null` for ten minutes before `to`.
 * @param to `null` for now.
 * @returns `undefined` when no request was reported.
 */
export async function nodeSignals(
  db: Queryable,
  from: Date | null,
  to: Date | null,
): Promise<NodeSignals | undefined> {
  const { rows } = await db.query<NodeSignals>(
    `SELECT sum(s.requests)::float8 AS requests, (sum(s.errors) / sum(s.requests))::float8 AS "errorShare",
       (sum(s.p95_us * s.requests) / sum(s.requests) / 1000)::float8 AS "p95Ms"
     FROM ringfence.migration_signals AS s
     WHERE s.requests > 0 AND s.at <= coalesce($2::timestamptz, clock_timestamp())
       AND s.at > coalesce($1::timestamptz, coalesce($2::timestamptz, clock_timestamp()) - interval '10 minutes')
     HAVING sum(s.requests) > 0`,
    [from, to],
  );
  return rows[0];
}

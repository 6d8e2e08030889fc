import { markRowTenant } from 'ringfence/context';
import type { Queryable } from 'ringfence/sql';

const HOURS = 24;
const MOST_ACTORS = 100;

interface ActorAccess {
  readonly actor: string;
  readonly reads: number;
  readonly writes: number;
  readonly refused: number;
  readonly rows: number;
  readonly busiestHour: number;
  readonly networks: number;
}

/** What each actor of the tenant did in the last 24 hours, those who read most first. */
export async function readAccessPatterns(pool: Queryable) {
  const since = new Date(Date.now() - HOURS * 3_600_000);
  const { rows } = await pool.query<ActorAccess & { tenant_id: string }>(
    `SELECT tenant_id, subject AS actor,
  coalesce(sum(amount) FILTER (WHERE measure = 'reads/3600'), 0)::float8 AS reads,
  coalesce(sum(amount) FILTER (WHERE measure = 'writes/3600'), 0)::float8 AS writes,
  coalesce(sum(amount) FILTER (WHERE measure = 'refused/3600'), 0)::float8 AS refused,
  coalesce(sum(amount) FILTER (WHERE measure = 'rows/3600'), 0)::float8 AS rows,
  coalesce(max(amount) FILTER (WHERE measure = 'rows/peak'), 0)::float8 AS "busiestHour",
  coalesce(max(cardinality(members)) FILTER (WHERE measure = 'networks/0'), 0) AS networks
FROM ringfence.access_counters
WHERE (measure IN ('reads/3600', 'writes/3600', 'refused/3600', 'rows/3600') AND starts_at >= $1::timestamptz)
  OR measure IN ('rows/peak', 'networks/0')
GROUP BY tenant_id, subject ORDER BY rows DESC, actor LIMIT $2::bigint`,
    [since.toISOString(), MOST_ACTORS],
  );
  return { since, items: rows.map(({ tenant_id, ...actor }) => markRowTenant(actor, tenant_id)) };
}

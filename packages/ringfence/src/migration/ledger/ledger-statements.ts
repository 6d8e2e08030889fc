import { TENANT_STATES } from '../../sql/index.js';

const ENTRY = `m.name, m.checksum, m.state, m.reason, m.advancing, m.settings, m.expanded_at AS "expandedAt",
  m.soak_until AS "soakUntil", m.contracted_at AS "contractedAt",
  EXISTS (SELECT FROM ringfence.migration_control AS c WHERE c.migration IN ('*', m.name)) AS stopped`;

/** `$1` is the name. */
export const MIGRATION_QUERY = `SELECT ${ENTRY} FROM ringfence.migrations AS m WHERE m.name = $1`;

/** `$1` name; then checksum and settings, or the rings as JSON. */
export const REGISTER_STATEMENTS = {
  migration: `INSERT INTO ringfence.migrations AS m (name, checksum, settings) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, settings = excluded.settings
WHERE (m.checksum, m.settings) IS DISTINCT FROM (excluded.checksum, excluded.settings)`,
  // A ring keeps whom it takes from the moment that it is opened.
  rings: `INSERT INTO ringfence.migration_rings AS r (migration, position, name, selector, gates)
SELECT $1, e.at, e.ring ->> 'name', e.ring -> 'selector', e.ring -> 'gates'
FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS e (ring, at)
ON CONFLICT (migration, position) DO UPDATE
SET name = excluded.name, selector = excluded.selector, gates = excluded.gates
WHERE r.state = 'waiting'
  AND (r.name, r.selector, r.gates) IS DISTINCT FROM (excluded.name, excluded.selector, excluded.gates)`,
} as const;

const COUNTS = `jsonb_build_object(${TENANT_STATES.map(
  (state) => `'${state}', count(*) FILTER (WHERE t.state = '${state}')`,
).join(', ')})`;

/** `$1` is a name or NULL for all, except where said otherwise. */
export const STATUS_QUERIES = {
  migrations: `SELECT ${ENTRY}, t.tenants, t."rowsDone", t."rowsExpected", t.uncounted, t.mismatches, t.leased,
  clock_timestamp() AS at
FROM ringfence.migrations AS m, LATERAL (
  SELECT ${COUNTS} AS tenants, coalesce(sum(t.rows_done), 0)::float8 AS "rowsDone",
    coalesce(sum(t.rows_expected), 0)::float8 AS "rowsExpected",
    (count(*) FILTER (WHERE t.rows_expected IS NULL AND t.state NOT IN ('switched', 'quarantined')))::int AS uncounted,
    coalesce(sum(t.mismatches), 0)::float8 AS mismatches,
    (count(*) FILTER (WHERE t.lease_until >= clock_timestamp()))::int AS leased
  FROM ringfence.migration_tenants AS t WHERE t.migration = m.name) AS t
WHERE $1::text IS NULL OR m.name = $1 ORDER BY m.created_at, m.name`,
  rings: `SELECT r.migration, r.position, r.name, r.selector, r.gates, r.state, r.opened_at AS "openedAt",
  r.finished_at AS "finishedAt", r.approved_by AS "approvedBy", ${COUNTS} AS tenants
FROM ringfence.migration_rings AS r
LEFT JOIN ringfence.migration_tenants AS t ON t.migration = r.migration AND t.ring = r.position
WHERE $1::text IS NULL OR r.migration = $1
GROUP BY r.migration, r.position ORDER BY r.migration, r.position`,
  /** `$1` name, `$2` states, `$3` ring, `$4` after, `$5` limit, `$6` tenant. */
  tenants: `SELECT t.tenant, d.slug, r.name AS ring, t.state, t.cursor, t.rows_done::float8 AS "rowsDone",
  t.rows_expected::float8 AS "rowsExpected", t.batches, t.batch_size AS "batchSize",
  t.mismatches::float8 AS mismatches, t.checksum, t.attempts, t.error_code AS "errorCode",
  t.lease_owner AS "leaseOwner", t.lease_until AS "leaseUntil", t.fence::float8 AS fence
FROM ringfence.migration_tenants AS t JOIN ringfence.tenants AS d ON d.id = t.tenant
LEFT JOIN ringfence.migration_rings AS r ON r.migration = t.migration AND r.position = t.ring
WHERE t.migration = $1 AND ($2::text[] IS NULL OR t.state = ANY ($2)) AND ($3::text IS NULL OR r.name = $3)
  AND ($4::uuid IS NULL OR t.tenant > $4) AND ($6::uuid IS NULL OR t.tenant = $6)
ORDER BY t.tenant LIMIT $5`,
  /** `$1` name, `$2` after, `$3` limit. */
  acts: `SELECT a.id::text AS id, a.at, a.migration, a.ring, a.tenant, a.act, a.actor, a.reason, a.detail
FROM ringfence.migration_acts AS a WHERE a.migration IN ($1, '*') AND a.id > $2::bigint
ORDER BY a.id LIMIT $3`,
} as const;

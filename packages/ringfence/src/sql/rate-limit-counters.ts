import { quoteIdentifier } from './identifier.js';
import { type RoleNames, roleNames } from './role-names.js';
import { tenantPolicySql } from './tenant-policy.js';

/**
 * Counts on counters of the bound tenant; $1 the names of the counters, each once, $2 how many requests,
 * $3 the lengths of windows in seconds.
 */
export const COUNT_REQUESTS_STATEMENT = `SELECT key, requests, milliseconds
  FROM ringfence.count_requests($1::text[], $2::integer[], $3::integer[])`;

/** The longest window, in seconds: 24 days, as in memory. */
const LONGEST = 2_073_600;

/**
 * Counters of requests in PostgreSQL, for `postgresCounters`. The application has no right on the table;
 * `count_requests` counts upwards, on counters of the bound tenant: SQL that is injected into a tenant's
 * request can use up what that tenant may do, and can take back nothing.
 *
 * Unlogged: no count waits for the disk, and a crash of the server forgets them, as Redis would. A counter
 * whose window is over is begun anew, or goes away with one of the next counts.
 *
 * @see PostgreSQL manual, CREATE TABLE, "UNLOGGED"
 */
export function rateLimitCountersSql(roles: RoleNames = roleNames()): string {
  return `CREATE UNLOGGED TABLE ringfence.rate_limit_counters (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  -- SHA-256 of policy and subject: no id of a person stands here.
  "key_hash" bytea NOT NULL,
  "requests" integer NOT NULL,
  "expires_at" timestamptz NOT NULL,
  CONSTRAINT rate_limit_counters_pkey PRIMARY KEY ("tenant_id", "key_hash"),
  CONSTRAINT rate_limit_counters_key_hash_is_sha256 CHECK (octet_length("key_hash") = 32)
) WITH (fillfactor = 50);
${tenantPolicySql('ringfence.rate_limit_counters')}
REVOKE ALL ON ringfence.rate_limit_counters FROM PUBLIC;

COMMENT ON TABLE ringfence.rate_limit_counters IS
  'How many requests were made in windows that have begun. Written by count_requests alone.';

CREATE FUNCTION ringfence.count_requests(keys text[], counts integer[], windows integer[])
  RETURNS TABLE (key text, requests integer, milliseconds float8)
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $count$
#variable_conflict use_column
BEGIN
  -- A count of nothing or less would give back what was used up.
  IF EXISTS (SELECT FROM unnest(counts, windows) AS n (requests, seconds)
      WHERE (n.requests >= 1 AND n.seconds BETWEEN 1 AND ${LONGEST}) IS NOT TRUE) THEN
    RAISE EXCEPTION 'only whole requests in windows of 1 to ${LONGEST} seconds are counted'
      USING ERRCODE = '22023';
  END IF;
  RETURN QUERY
    WITH asked AS (
      SELECT n.key, sha256(convert_to(n.key, 'UTF8')) AS hash, n.requests, n.seconds
      FROM unnest(keys, counts, windows) AS n (key, requests, seconds)
    ), counted AS (
      -- In one order, so that two of them never wait for each other in a circle.
      INSERT INTO ringfence.rate_limit_counters AS c (key_hash, requests, expires_at)
      SELECT a.hash, least(a.requests, 500000000), now() + make_interval(secs => a.seconds)
      FROM asked AS a ORDER BY a.hash
      ON CONFLICT (tenant_id, key_hash) DO UPDATE SET
        requests = CASE WHEN c.expires_at <= now() THEN excluded.requests
          ELSE least(c.requests, 1500000000) + excluded.requests END,
        expires_at = CASE WHEN c.expires_at <= now() THEN excluded.expires_at ELSE c.expires_at END
      RETURNING c.key_hash, c.requests, c.expires_at
    )
    SELECT a.key, d.requests, ceil(extract(epoch FROM d.expires_at - now()) * 1000)::float8
    FROM counted AS d JOIN asked AS a ON a.hash = d.key_hash;
  -- One in a hundred cleans up behind all.
  IF random() < 0.01 THEN
    DELETE FROM ringfence.rate_limit_counters WHERE ctid = ANY (ARRAY(
      SELECT e.ctid FROM ringfence.rate_limit_counters AS e
      WHERE e.tenant_id = ringfence.current_tenant_id() AND e.expires_at < now() - interval '1 minute'
      LIMIT 1000 FOR UPDATE SKIP LOCKED));
  END IF;
END
$count$;

COMMENT ON FUNCTION ringfence.count_requests(text[], integer[], integer[]) IS
  'Counts requests of the bound tenant, upwards only, and says where its counters stand.';

REVOKE ALL ON FUNCTION ringfence.count_requests(text[], integer[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.count_requests(text[], integer[], integer[])
  TO ${quoteIdentifier(roles.app)};`;
}

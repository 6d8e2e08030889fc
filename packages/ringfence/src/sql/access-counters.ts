import { tenantPolicySql } from './tenant-policy.js';

/** Adds to the counters of the bound tenant; `$1` what is counted, `$2` the proof of {@link countSubject}. */
export const COUNT_ACCESS_STATEMENT =
  'SELECT * FROM ringfence.count_access($1::text, $2::text)' as const;

/** What is signed so that the database counts for a tenant. */
export function countSubject(tenantId: string, counts: string): string {
  return `count-access:${tenantId}:${counts}`;
}

/** The counters of how tenants are accessed, and the one function that adds to them. */
export function accessCountersSql(): string {
  return `${COUNTERS}

${COUNT}`;
}

const COUNTERS = `CREATE TABLE ringfence.access_counters (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  -- Who or what: user:<id>, api-key:<id>, network:<prefix>, tenant, everybody.
  "subject" text NOT NULL,
  "measure" text NOT NULL,
  "starts_at" timestamptz(3) NOT NULL,
  "amount" bigint NOT NULL,
  -- What was counted once only: digests of ids and accounts, prefixes of networks; at most 200.
  "members" text[] NOT NULL DEFAULT '{}',
  "expires_at" timestamptz(3) NOT NULL,
  CONSTRAINT access_counters_pkey PRIMARY KEY ("tenant_id", "subject", "measure", "starts_at")
);
CREATE INDEX access_counters_expires_at_idx ON ringfence.access_counters ("tenant_id", "expires_at");

COMMENT ON TABLE ringfence.access_counters IS
  'How a tenant is accessed, by actor and window of time. Written through count_access alone.';

${tenantPolicySql('ringfence.access_counters')}`;

const COUNT = `CREATE FUNCTION ringfence.merged_members(held text[], given text[]) RETURNS text[]
  LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $merged$
  -- A member that begins with a minus takes the one behind it out. The oldest are kept.
  SELECT coalesce(array_agg(k.member ORDER BY k.place), '{}')
  FROM (
    SELECT u.member, min(u.place) AS place
    FROM unnest(held || given) WITH ORDINALITY AS u (member, place)
    WHERE left(u.member, 1) <> '-' AND '-' || u.member <> ALL (given)
    GROUP BY u.member ORDER BY 2 LIMIT 200
  ) AS k
$merged$;

CREATE FUNCTION ringfence.count_access(counts text, proof text)
  RETURNS TABLE (place integer, amount bigint, members integer, known integer, fresh integer,
    highest bigint, days integer)
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $count$
#variable_conflict use_column
DECLARE
  bound uuid := ringfence.current_tenant_id();
BEGIN
  IF bound IS NULL THEN
    RAISE EXCEPTION 'access is counted for a tenant' USING ERRCODE = 'RF002';
  END IF;
  IF ringfence.is_proven('count-access:' || bound || ':' || counts, proof) IS NOT TRUE THEN
    RAISE EXCEPTION 'what is to be counted is not proven' USING ERRCODE = 'RF003';
  END IF;
  DELETE FROM ringfence.access_counters AS c WHERE c.ctid IN (
    SELECT e.ctid FROM ringfence.access_counters AS e
    WHERE e.tenant_id = bound AND e.expires_at < (counts::jsonb ->> 'at')::timestamptz
    LIMIT 500 FOR UPDATE SKIP LOCKED);
  RETURN QUERY
  WITH given AS MATERIALIZED (
    SELECT g.place, g.subject, g.measure, g.starts_at, g.amount, g.expires_at, g.base, g.day,
      ARRAY(SELECT jsonb_array_elements_text(g.members)) AS members
    FROM jsonb_to_recordset(counts::jsonb -> 'counts') AS g (place integer, subject text, measure text,
      starts_at timestamptz, amount bigint, expires_at timestamptz, base text, day timestamptz, members jsonb)
  ), before AS MATERIALIZED (
    SELECT g.place, c.members FROM given AS g JOIN ringfence.access_counters AS c
      ON c.tenant_id = bound AND c.subject = g.subject AND c.measure = g.measure AND c.starts_at = g.starts_at
  ), counted AS (
    INSERT INTO ringfence.access_counters AS c
      (tenant_id, subject, measure, starts_at, amount, members, expires_at)
    SELECT bound, g.subject, g.measure, g.starts_at, g.amount, g.members, g.expires_at
    FROM given AS g
    -- In one order on every node, so that no two of them wait for each other.
    ORDER BY g.subject, g.measure, g.starts_at
    ON CONFLICT (tenant_id, subject, measure, starts_at) DO UPDATE SET
      amount = c.amount + excluded.amount,
      members = ringfence.merged_members(c.members, excluded.members),
      expires_at = greatest(c.expires_at, excluded.expires_at)
    RETURNING c.subject, c.measure, c.starts_at, c.amount, c.members
  ), peaks AS (
    INSERT INTO ringfence.access_counters AS p
      (tenant_id, subject, measure, starts_at, amount, expires_at)
    SELECT bound, c.subject, g.base, g.day, max(c.amount), g.day + interval '36 days'
    FROM counted AS c JOIN given AS g USING (subject, measure, starts_at)
    WHERE g.base IS NOT NULL
    GROUP BY c.subject, g.base, g.day ORDER BY 2, 3, 4
    ON CONFLICT (tenant_id, subject, measure, starts_at) DO UPDATE
      SET amount = greatest(p.amount, excluded.amount)
  )
  SELECT g.place, c.amount,
    cardinality(ringfence.merged_members('{}', c.members)),
    coalesce(cardinality(b.members), 0),
    (SELECT count(*)::integer FROM unnest(g.members) AS m
     WHERE left(m, 1) <> '-' AND m <> ALL (coalesce(b.members, '{}'))),
    coalesce(h.highest, 0), coalesce(h.days, 0)
  FROM given AS g
  JOIN counted AS c USING (subject, measure, starts_at)
  LEFT JOIN before AS b ON b.place = g.place
  LEFT JOIN LATERAL (
    SELECT max(p.amount) AS highest, count(*)::integer AS days
    FROM ringfence.access_counters AS p
    WHERE p.tenant_id = bound AND p.subject = g.subject AND p.measure = g.base
      AND p.starts_at < g.day AND p.starts_at >= g.day - interval '35 days'
  ) AS h ON true;
END
$count$;

COMMENT ON FUNCTION ringfence.count_access(text, text) IS
  'Adds what a node of the process has counted to the bound tenant, and says where the counters stand.';`;

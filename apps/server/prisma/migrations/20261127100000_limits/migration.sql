-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE PROCEDURE ringfence.bind(tenant_id uuid, proof text, within integer)
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $bind$
DECLARE
  bound text := nullif(current_setting('app.current_tenant_id', true), '');
BEGIN
  IF tenant_id IS NULL THEN
    RAISE EXCEPTION 'a transaction cannot be bound to no tenant' USING ERRCODE = 'RF002';
  END IF;
  IF bound <> tenant_id::text THEN
    RAISE EXCEPTION 'this transaction is bound to another tenant' USING ERRCODE = 'RF001';
  END IF;
  bound := set_config('app.current_tenant_id', tenant_id::text, true);
  bound := set_config('app.current_tenant_proof', proof, true);
  bound := set_config('statement_timeout', within::text, true);
END
$bind$;

COMMENT ON PROCEDURE ringfence.bind(uuid, text, integer) IS
  'As the one without a time, and limits how long a statement of the transaction may take (milliseconds).';

REVOKE ALL ON PROCEDURE ringfence.bind(uuid, text, integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE ringfence.bind(uuid, text, integer) TO "ringfence_app";

CREATE PROCEDURE ringfence.bind(tenant_id uuid, proof text, actor text, actor_proof text, within integer)
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $bind$
DECLARE
  bound text := nullif(current_setting('app.current_tenant_id', true), '');
BEGIN
  IF tenant_id IS NULL THEN
    RAISE EXCEPTION 'a transaction cannot be bound to no tenant' USING ERRCODE = 'RF002';
  END IF;
  IF bound <> tenant_id::text THEN
    RAISE EXCEPTION 'this transaction is bound to another tenant' USING ERRCODE = 'RF001';
  END IF;
  bound := set_config('app.current_tenant_id', tenant_id::text, true);
  bound := set_config('app.current_tenant_proof', proof, true);
  bound := set_config('app.current_actor', actor, true);
  bound := set_config('app.current_actor_proof', actor_proof, true);
  bound := set_config('statement_timeout', within::text, true);
END
$bind$;

COMMENT ON PROCEDURE ringfence.bind(uuid, text, text, text, integer) IS
  'As the one without a time, and limits how long a statement of the transaction may take (milliseconds).';

REVOKE ALL ON PROCEDURE ringfence.bind(uuid, text, text, text, integer) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE ringfence.bind(uuid, text, text, text, integer) TO "ringfence_app";

CREATE UNLOGGED TABLE ringfence.rate_limit_counters (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  -- SHA-256 of policy and subject: no id of a person stands here.
  "key_hash" bytea NOT NULL,
  "requests" integer NOT NULL,
  "expires_at" timestamptz NOT NULL,
  CONSTRAINT rate_limit_counters_pkey PRIMARY KEY ("tenant_id", "key_hash"),
  CONSTRAINT rate_limit_counters_key_hash_is_sha256 CHECK (octet_length("key_hash") = 32)
) WITH (fillfactor = 50);
ALTER TABLE ringfence.rate_limit_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE ringfence.rate_limit_counters FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON ringfence.rate_limit_counters AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON ringfence.rate_limit_counters AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
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
      WHERE (n.requests >= 1 AND n.seconds BETWEEN 1 AND 2073600) IS NOT TRUE) THEN
    RAISE EXCEPTION 'only whole requests in windows of 1 to 2073600 seconds are counted'
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
  TO "ringfence_app";

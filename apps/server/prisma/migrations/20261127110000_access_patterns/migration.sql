-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
-- The platform itself is bound to this id where it works for no tenant.
ALTER TABLE ringfence.tenants ADD CONSTRAINT tenants_id_is_not_the_platform CHECK (id <> '00000000-0000-0000-0000-000000000000');

CREATE TABLE ringfence.access_counters (
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

ALTER TABLE ringfence.access_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE ringfence.access_counters FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON ringfence.access_counters AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON ringfence.access_counters AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));

CREATE FUNCTION ringfence.merged_members(held text[], given text[]) RETURNS text[]
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
  'Adds what a node of the process has counted to the bound tenant, and says where the counters stand.';

CREATE TABLE ringfence.alerts (
  "id" uuid PRIMARY KEY,
  -- In the order of commits: see raise_alert.
  "seq" bigint NOT NULL UNIQUE,
  -- Whose alert it is; NULL is the platform's own. Not named as in tenant tables, which stand under RLS.
  "tenant" uuid,
  "rule" text NOT NULL,
  "severity" text NOT NULL,
  "subject" text NOT NULL,
  -- Ids, codes and counts.
  "evidence" jsonb NOT NULL,
  "at" timestamptz(3) NOT NULL,
  "times" integer NOT NULL DEFAULT 1,
  "last_at" timestamptz(3) NOT NULL,
  "raised_at" timestamptz(3) NOT NULL DEFAULT now(),
  "acknowledged_at" timestamptz(3),
  "acknowledged_by" text,
  -- The outbox: when to try next, how often it was tried, how it ended.
  "deliver_at" timestamptz(3) NOT NULL DEFAULT now(),
  "attempts" integer NOT NULL DEFAULT 0,
  "delivered_at" timestamptz(3),
  "gave_up_at" timestamptz(3),
  "delivery_code" text,
  CONSTRAINT alerts_severity_is_known CHECK (severity IN ('notice', 'warning', 'critical')),
  CONSTRAINT alerts_evidence_is_short CHECK (pg_column_size(evidence) <= 8192)
);
CREATE INDEX alerts_tenant_idx ON ringfence.alerts (tenant, raised_at, id);
CREATE INDEX alerts_raised_at_idx ON ringfence.alerts (raised_at, id);
CREATE INDEX alerts_rule_idx ON ringfence.alerts (rule, tenant, at);
CREATE INDEX alerts_outbox_idx ON ringfence.alerts (deliver_at)
  WHERE delivered_at IS NULL AND gave_up_at IS NULL;

COMMENT ON TABLE ringfence.alerts IS
  'What the rules of access patterns have found: for the operator, and for each tenant its own by read_alerts.';

CREATE FUNCTION ringfence.raise_alert(alert text, proof text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $raise$
DECLARE
  bound uuid := ringfence.current_tenant_id();
  owner uuid := nullif(bound, '00000000-0000-0000-0000-000000000000');
  given record;
BEGIN
  IF bound IS NULL THEN
    RAISE EXCEPTION 'an alert belongs to a tenant' USING ERRCODE = 'RF002';
  END IF;
  IF ringfence.is_proven('raise-alert:' || bound || ':' || alert, proof) IS NOT TRUE THEN
    RAISE EXCEPTION 'this alert is not proven' USING ERRCODE = 'RF003';
  END IF;
  -- One at a time until its commit: two nodes raise one alert once, and a reader that has seen a number
  -- has seen all before it. Alerts are rare.
  PERFORM pg_advisory_xact_lock(hashtextextended('ringfence.alerts', 0));
  SELECT * INTO given FROM jsonb_to_record(alert::jsonb) AS g (id uuid, rule text, severity text,
    subject text, at timestamptz, cool_down integer, evidence jsonb);
  UPDATE ringfence.alerts AS a SET times = a.times + 1, last_at = greatest(a.last_at, given.at)
  WHERE a.rule = given.rule AND a.subject = given.subject AND a.tenant IS NOT DISTINCT FROM owner
    AND a.at > given.at - make_interval(secs => given.cool_down);
  IF FOUND THEN
    RETURN false;
  END IF;
  -- Whoever has many actors could bury what matters: the next one makes the newest louder.
  IF (SELECT count(*) FROM ringfence.alerts AS a WHERE a.rule = given.rule
      AND a.tenant IS NOT DISTINCT FROM owner AND a.at > given.at - interval '1 hour') >= 20 THEN
    UPDATE ringfence.alerts AS a SET times = a.times + 1, last_at = greatest(a.last_at, given.at)
    WHERE a.seq = (SELECT max(n.seq) FROM ringfence.alerts AS n
      WHERE n.rule = given.rule AND n.tenant IS NOT DISTINCT FROM owner);
    RETURN false;
  END IF;
  INSERT INTO ringfence.alerts (id, seq, tenant, rule, severity, subject, evidence, at, last_at)
  SELECT given.id, coalesce(max(a.seq), 0) + 1, owner, given.rule, given.severity, given.subject,
    given.evidence, given.at, given.at
  FROM ringfence.alerts AS a;
  RETURN true;
END
$raise$;

COMMENT ON FUNCTION ringfence.raise_alert(text, text) IS
  'Raises an alert, once per rule, subject and time of cooling down, twenty per rule and hour at most.';

CREATE FUNCTION ringfence.read_alerts(before_at timestamptz, before_id uuid, most integer)
  RETURNS SETOF ringfence.alerts
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $read$
  SELECT * FROM ringfence.alerts AS a
  WHERE (ringfence.current_tenant_id() = '00000000-0000-0000-0000-000000000000' OR a.tenant = ringfence.current_tenant_id())
    AND (before_at IS NULL OR (a.raised_at, a.id) < (before_at, before_id))
  ORDER BY a.raised_at DESC, a.id DESC LIMIT least(most, 1000)
$read$;

CREATE FUNCTION ringfence.alerts_after(last_seen uuid, most integer)
  RETURNS SETOF ringfence.alerts
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $after$
  SELECT * FROM ringfence.alerts AS a
  WHERE (ringfence.current_tenant_id() = '00000000-0000-0000-0000-000000000000' OR a.tenant = ringfence.current_tenant_id())
    -- An alert that is another tenant's is no place either.
    AND (last_seen IS NULL OR a.seq > (
      SELECT s.seq FROM ringfence.alerts AS s WHERE s.id = last_seen
        AND (ringfence.current_tenant_id() = '00000000-0000-0000-0000-000000000000' OR s.tenant = ringfence.current_tenant_id())))
  ORDER BY a.seq LIMIT least(most, 1000)
$after$;

CREATE FUNCTION ringfence.acknowledge_alert(alert_id uuid, seen_by text, proof text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $acknowledge$
DECLARE
  bound uuid := ringfence.current_tenant_id();
BEGIN
  IF ringfence.is_proven('acknowledge-alert:' || bound || ':' || alert_id || ':' || seen_by, proof) IS NOT TRUE THEN
    RAISE EXCEPTION 'who has seen this alert is not proven' USING ERRCODE = 'RF003';
  END IF;
  -- The first one stays: nobody takes another's place.
  UPDATE ringfence.alerts AS a
  SET acknowledged_at = coalesce(a.acknowledged_at, now()), acknowledged_by = coalesce(a.acknowledged_by, seen_by)
  WHERE a.id = alert_id AND (bound = '00000000-0000-0000-0000-000000000000' OR a.tenant = bound);
  RETURN FOUND;
END
$acknowledge$;

COMMENT ON FUNCTION ringfence.read_alerts(timestamptz, uuid, integer) IS
  'Alerts of the bound tenant, or all of them for the platform, the newest first.';
COMMENT ON FUNCTION ringfence.alerts_after(uuid, integer) IS
  'Alerts of the bound tenant, or all of them for the platform, behind one of them.';
COMMENT ON FUNCTION ringfence.acknowledge_alert(uuid, text, text) IS
  'Notes who has seen an alert of the bound tenant; false for an alert of anybody else.';

CREATE FUNCTION ringfence.take_alerts(most integer, lease_seconds integer)
  RETURNS SETOF ringfence.alerts
  LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $take$
  UPDATE ringfence.alerts AS a
  -- Whoever takes one and dies leaves it to the next when the lease is over.
  SET deliver_at = now() + make_interval(secs => lease_seconds), attempts = a.attempts + 1
  WHERE ringfence.current_tenant_id() = '00000000-0000-0000-0000-000000000000' AND a.id IN (
    SELECT d.id FROM ringfence.alerts AS d
    WHERE d.delivered_at IS NULL AND d.gave_up_at IS NULL AND d.deliver_at <= now()
      -- A webhook that is set up later does not tell what is long over.
      AND (d.attempts > 0 OR d.raised_at > now() - interval '1 day')
    ORDER BY d.deliver_at LIMIT most FOR UPDATE SKIP LOCKED)
  RETURNING a.*
$take$;

CREATE FUNCTION ringfence.settle_alert(alert_id uuid, attempt integer, pause_seconds integer, code text)
  RETURNS void
  LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $settle$
  UPDATE ringfence.alerts AS a SET delivery_code = code,
    delivered_at = CASE WHEN code = 'delivered' THEN now() END,
    gave_up_at = CASE WHEN code <> 'delivered' AND pause_seconds IS NULL THEN now() END,
    deliver_at = now() + make_interval(secs => coalesce(pause_seconds, 0))
  -- Not when the lease has gone to somebody else meanwhile.
  WHERE ringfence.current_tenant_id() = '00000000-0000-0000-0000-000000000000' AND a.id = alert_id AND a.attempts = attempt
    AND a.delivered_at IS NULL
$settle$;

COMMENT ON FUNCTION ringfence.take_alerts(integer, integer) IS
  'For the platform: alerts to deliver now, each for one node at a time.';
COMMENT ON FUNCTION ringfence.settle_alert(uuid, integer, integer, text) IS
  'For the platform: how an attempt to deliver has ended; a pause means that there is another.';

REVOKE ALL ON ringfence.access_counters, ringfence.alerts FROM PUBLIC;
GRANT SELECT ON ringfence.access_counters TO "ringfence_app";
GRANT SELECT, DELETE ON ringfence.alerts TO "ringfence_operator";
GRANT UPDATE ("acknowledged_at", "acknowledged_by", "deliver_at", "gave_up_at") ON ringfence.alerts TO "ringfence_operator";
REVOKE ALL ON FUNCTION ringfence.merged_members(text[], text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.count_access(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.raise_alert(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.read_alerts(timestamptz, uuid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.alerts_after(uuid, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.acknowledge_alert(uuid, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.take_alerts(integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.settle_alert(uuid, integer, integer, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.count_access(text, text) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.raise_alert(text, text) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.read_alerts(timestamptz, uuid, integer) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.alerts_after(uuid, integer) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.acknowledge_alert(uuid, text, text) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.take_alerts(integer, integer) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.settle_alert(uuid, integer, integer, text) TO "ringfence_app";

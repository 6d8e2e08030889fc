/**
 * What the platform itself is bound to when it counts strangers and reads everybody's alerts: no tenant
 * can have this id. Only the process can prove it, as for any tenant, so SQL that is injected into a
 * request is never bound to it. See docs/decisions/0019-access-patterns.md.
 */
export const PLATFORM_ID = '00000000-0000-0000-0000-000000000000';

/** Raises an alert of the bound tenant; `$1` the alert, `$2` the proof of {@link alertSubject}. */
export const RAISE_ALERT_STATEMENT =
  'SELECT ringfence.raise_alert($1::text, $2::text) AS raised' as const;

/** `$1` the id of an alert, `$2` who has seen it, `$3` the proof of {@link acknowledgeSubject}. */
export const ACKNOWLEDGE_ALERT_STATEMENT =
  'SELECT ringfence.acknowledge_alert($1::uuid, $2::text, $3::text) AS known' as const;

const ALERT_COLUMNS = `id, tenant, rule, severity, subject, evidence, at, times, last_at, raised_at,
  acknowledged_at, acknowledged_by` as const;

/** Alerts before a place, the newest first; `$1` time and `$2` id of the place, `$3` how many. */
export const READ_ALERTS_STATEMENT = `SELECT ${ALERT_COLUMNS}
FROM ringfence.read_alerts($1::timestamptz, $2::uuid, $3::integer)`;

/** Alerts behind the one of id `$1`, the oldest first; `$2` how many. Without an id, all of them. */
export const ALERTS_AFTER_STATEMENT = `SELECT ${ALERT_COLUMNS}
FROM ringfence.alerts_after($1::uuid, $2::integer)`;

/** Takes alerts that are due for delivery; `$1` how many, `$2` for how many seconds. */
export const TAKE_ALERTS_STATEMENT = `SELECT ${ALERT_COLUMNS}, attempts
FROM ringfence.take_alerts($1::integer, $2::integer)`;

/** `$1` alert, `$2` attempt, `$3` seconds until the next one, or NULL, `$4` what came back. */
export const SETTLE_ALERT_STATEMENT =
  'SELECT ringfence.settle_alert($1::uuid, $2::integer, $3::integer, $4::text)' as const;

/** What is signed so that the database raises an alert. */
export function alertSubject(tenantId: string, alert: string): string {
  return `raise-alert:${tenantId}:${alert}`;
}

/** What is signed so that the database takes an alert as seen by somebody. */
export function acknowledgeSubject(tenantId: string, id: string, by: string): string {
  return `acknowledge-alert:${tenantId}:${id}:${by}`;
}

/** The alerts, who may read and acknowledge which, and how those that are due are delivered. */
export function alertsSql(): string {
  return `${ALERTS}

${RAISE}

${READ}

${DELIVER}`;
}

const ALERTS = `CREATE TABLE ringfence.alerts (
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
  'What the rules of access patterns have found: for the operator, and for each tenant its own by read_alerts.';`;

const RAISE = `CREATE FUNCTION ringfence.raise_alert(alert text, proof text) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $raise$
DECLARE
  bound uuid := ringfence.current_tenant_id();
  owner uuid := nullif(bound, '${PLATFORM_ID}');
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
  'Raises an alert, once per rule, subject and time of cooling down, twenty per rule and hour at most.';`;

const READ = `CREATE FUNCTION ringfence.read_alerts(before_at timestamptz, before_id uuid, most integer)
  RETURNS SETOF ringfence.alerts
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $read$
  SELECT * FROM ringfence.alerts AS a
  WHERE (ringfence.current_tenant_id() = '${PLATFORM_ID}' OR a.tenant = ringfence.current_tenant_id())
    AND (before_at IS NULL OR (a.raised_at, a.id) < (before_at, before_id))
  ORDER BY a.raised_at DESC, a.id DESC LIMIT least(most, 1000)
$read$;

CREATE FUNCTION ringfence.alerts_after(last_seen uuid, most integer)
  RETURNS SETOF ringfence.alerts
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $after$
  SELECT * FROM ringfence.alerts AS a
  WHERE (ringfence.current_tenant_id() = '${PLATFORM_ID}' OR a.tenant = ringfence.current_tenant_id())
    -- An alert that is another tenant's is no place either.
    AND (last_seen IS NULL OR a.seq > (
      SELECT s.seq FROM ringfence.alerts AS s WHERE s.id = last_seen
        AND (ringfence.current_tenant_id() = '${PLATFORM_ID}' OR s.tenant = ringfence.current_tenant_id())))
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
  WHERE a.id = alert_id AND (bound = '${PLATFORM_ID}' OR a.tenant = bound);
  RETURN FOUND;
END
$acknowledge$;

COMMENT ON FUNCTION ringfence.read_alerts(timestamptz, uuid, integer) IS
  'Alerts of the bound tenant, or all of them for the platform, the newest first.';
COMMENT ON FUNCTION ringfence.alerts_after(uuid, integer) IS
  'Alerts of the bound tenant, or all of them for the platform, behind one of them.';
COMMENT ON FUNCTION ringfence.acknowledge_alert(uuid, text, text) IS
  'Notes who has seen an alert of the bound tenant; false for an alert of anybody else.';`;

const DELIVER = `CREATE FUNCTION ringfence.take_alerts(most integer, lease_seconds integer)
  RETURNS SETOF ringfence.alerts
  LANGUAGE sql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $take$
  UPDATE ringfence.alerts AS a
  -- Whoever takes one and dies leaves it to the next when the lease is over.
  SET deliver_at = now() + make_interval(secs => lease_seconds), attempts = a.attempts + 1
  WHERE ringfence.current_tenant_id() = '${PLATFORM_ID}' AND a.id IN (
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
  WHERE ringfence.current_tenant_id() = '${PLATFORM_ID}' AND a.id = alert_id AND a.attempts = attempt
    AND a.delivered_at IS NULL
$settle$;

COMMENT ON FUNCTION ringfence.take_alerts(integer, integer) IS
  'For the platform: alerts to deliver now, each for one node at a time.';
COMMENT ON FUNCTION ringfence.settle_alert(uuid, integer, integer, text) IS
  'For the platform: how an attempt to deliver has ended; a pause means that there is another.';`;

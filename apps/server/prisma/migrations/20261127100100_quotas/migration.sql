-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE TABLE ringfence.quotas (
  "name" text PRIMARY KEY,
  CONSTRAINT quotas_name_is_plain CHECK ("name" ~ '^[a-z][a-z0-9_-]{0,31}$')
);
COMMENT ON TABLE ringfence.quotas IS 'The quotas that there are: each is counted by triggers.';

CREATE TABLE ringfence.quota_plans (
  "plan" text NOT NULL,
  "quota" text NOT NULL REFERENCES ringfence.quotas ("name"),
  -- NULL: without a limit.
  "allowed" bigint,
  CONSTRAINT quota_plans_pkey PRIMARY KEY ("plan", "quota"),
  CONSTRAINT quota_plans_plan_is_plain CHECK ("plan" ~ '^[a-z][a-z0-9_-]{0,31}$'),
  CONSTRAINT quota_plans_allowed_is_no_debt CHECK ("allowed" >= 0)
);
COMMENT ON TABLE ringfence.quota_plans IS
  'How much of each quota a plan allows. The plan of a tenant that is on none is default.';

CREATE TABLE ringfence.tenant_plans (
  -- Not named as in tenant tables: everything with a tenant_id stands under row-level security.
  "tenant" uuid PRIMARY KEY REFERENCES ringfence.tenants (id) ON DELETE CASCADE,
  "plan" text NOT NULL,
  CONSTRAINT tenant_plans_plan_is_plain CHECK ("plan" ~ '^[a-z][a-z0-9_-]{0,31}$')
);
COMMENT ON TABLE ringfence.tenant_plans IS 'Which plan a tenant is on.';

CREATE TABLE ringfence.tenant_quotas (
  "tenant" uuid NOT NULL REFERENCES ringfence.tenants (id) ON DELETE CASCADE,
  "quota" text NOT NULL REFERENCES ringfence.quotas ("name"),
  "allowed" bigint,
  CONSTRAINT tenant_quotas_pkey PRIMARY KEY ("tenant", "quota"),
  CONSTRAINT tenant_quotas_allowed_is_no_debt CHECK ("allowed" >= 0)
);
COMMENT ON TABLE ringfence.tenant_quotas IS 'What single tenants may, whatever their plan says.';

CREATE FUNCTION ringfence.allowed_quota(of_tenant uuid, of_quota text) RETURNS bigint
  LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
AS $allowed$
  SELECT l.allowed FROM (
    SELECT 1 AS rank, o.allowed FROM ringfence.tenant_quotas AS o
      WHERE o.tenant = of_tenant AND o.quota = of_quota
    UNION ALL
    SELECT 2, p.allowed FROM ringfence.quota_plans AS p
      WHERE p.quota = of_quota AND p.plan = coalesce(
        (SELECT t.plan FROM ringfence.tenant_plans AS t WHERE t.tenant = of_tenant), 'default')
  ) AS l ORDER BY l.rank LIMIT 1
$allowed$;

COMMENT ON FUNCTION ringfence.allowed_quota(uuid, text) IS
  'How much of a quota a tenant may have; NULL when there is no limit.';

CREATE TABLE ringfence.quota_usage (
  "tenant" uuid NOT NULL,
  "quota" text NOT NULL REFERENCES ringfence.quotas ("name"),
  "part" smallint NOT NULL,
  -- How many parts there are now: the same in all of them.
  "parts" smallint NOT NULL,
  -- A single part may be below zero: what was counted on one may be taken off another.
  "used" bigint NOT NULL,
  CONSTRAINT quota_usage_pkey PRIMARY KEY ("tenant", "quota", "part")
) WITH (fillfactor = 50);
COMMENT ON TABLE ringfence.quota_usage IS
  'How much of each quota a tenant has, in one part or several. Written by triggers alone.';

CREATE FUNCTION ringfence.lock_usage(of_tenant uuid, of_quota text) RETURNS bigint
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $lock$
BEGIN
  INSERT INTO ringfence.quota_usage (tenant, quota, part, parts, used)
    VALUES (of_tenant, of_quota, 0, 1, 0) ON CONFLICT DO NOTHING;
  -- Statements of their own: whoever holds the first part may have made others, or taken them away.
  PERFORM FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0 FOR NO KEY UPDATE;
  PERFORM FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota ORDER BY u.part FOR NO KEY UPDATE;
  RETURN (SELECT sum(u.used) FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota);
END
$lock$;

COMMENT ON FUNCTION ringfence.lock_usage(uuid, text) IS
  'Waits for everybody who counts on a counter, and says where it stands.';

CREATE FUNCTION ringfence.add_usage(of_tenant uuid, of_quota text, amount bigint) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $add$
DECLARE
  total bigint := ringfence.lock_usage(of_tenant, of_quota) + amount;
BEGIN
  DELETE FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part > 0;
  UPDATE ringfence.quota_usage AS u SET used = total, parts = 1
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0;
END
$add$;

COMMENT ON FUNCTION ringfence.add_usage(uuid, text, bigint) IS
  'Puts a counter where it belongs, whatever is allowed: for rows that were there before it.';

CREATE FUNCTION ringfence.use_quota(of_tenant uuid, of_quota text, amount bigint) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $use$
DECLARE
  allowed bigint;
  mine record;
  met boolean := false;
  total bigint;
BEGIN
  IF amount = 0 THEN
    RETURN;
  END IF;
  allowed := ringfence.allowed_quota(of_tenant, of_quota);
  SELECT u.used, u.parts INTO mine FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0
    FOR NO KEY UPDATE SKIP LOCKED;
  IF FOUND THEN
    IF amount < 0 OR allowed IS NULL OR mine.used + amount <= allowed / mine.parts THEN
      UPDATE ringfence.quota_usage AS u SET used = u.used + amount
        WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0;
      RETURN;
    END IF;
  ELSE
    SELECT u.parts INTO mine FROM ringfence.quota_usage AS u
      WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0;
    met := FOUND;
    IF mine.parts > 1 THEN
      BEGIN
        SELECT u.part, u.parts, u.used INTO mine FROM ringfence.quota_usage AS u
          WHERE u.tenant = of_tenant AND u.quota = of_quota
          ORDER BY u.part = pg_backend_pid() % 8 DESC LIMIT 1
          FOR NO KEY UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
          SELECT u.part, u.parts, u.used INTO mine FROM ringfence.quota_usage AS u
            WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = pg_backend_pid() % 8
            FOR NO KEY UPDATE;
        END IF;
        IF FOUND AND (amount < 0 OR allowed IS NULL OR mine.used + amount <= allowed / mine.parts) THEN
          UPDATE ringfence.quota_usage AS u SET used = u.used + amount
            WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = mine.part;
          RETURN;
        END IF;
        RAISE EXCEPTION 'no room in this part' USING ERRCODE = 'RF006';
      EXCEPTION WHEN SQLSTATE 'RF006' THEN
        -- The lock on it is gone with what was done in this block.
        NULL;
      END;
    END IF;
  END IF;

  total := ringfence.lock_usage(of_tenant, of_quota) + amount;
  IF amount > 0 AND total > allowed THEN
    RAISE EXCEPTION 'the quota % of % is used up', of_quota, allowed
      USING ERRCODE = 'RF005';
  END IF;
  SELECT u.parts INTO mine FROM ringfence.quota_usage AS u
    WHERE u.tenant = of_tenant AND u.quota = of_quota AND u.part = 0;
  IF (mine.parts > 1 OR met)
    AND (allowed IS NULL OR (total <= allowed - allowed / 4 AND allowed - total >= 64 * abs(amount))) THEN
    INSERT INTO ringfence.quota_usage AS u (tenant, quota, part, parts, used)
    SELECT of_tenant, of_quota, n, 8, total / 8 + CASE WHEN n = 0 THEN total % 8 ELSE 0 END
    FROM generate_series(0, 7) AS n
    ON CONFLICT (tenant, quota, part) DO UPDATE SET parts = excluded.parts, used = excluded.used;
  ELSE
    PERFORM ringfence.add_usage(of_tenant, of_quota, amount);
  END IF;
END
$use$;

COMMENT ON FUNCTION ringfence.use_quota(uuid, text, bigint) IS
  'Counts on a counter of a tenant, or fails (RF005) when that is more than it may have.';

CREATE FUNCTION ringfence.own_quotas() RETURNS TABLE (quota text, used bigint, allowed bigint)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $own$
  SELECT q.name, coalesce(
      (SELECT sum(u.used) FROM ringfence.quota_usage AS u WHERE u.tenant = t.id AND u.quota = q.name), 0)::bigint,
    ringfence.allowed_quota(t.id, q.name)
  FROM ringfence.quotas AS q, ringfence.current_tenant_id() AS t (id)
  WHERE t.id IS NOT NULL
$own$;

COMMENT ON FUNCTION ringfence.own_quotas() IS
  'What the bound tenant has of each quota, and what it may have.';

REVOKE ALL ON ringfence.quotas, ringfence.quota_plans, ringfence.tenant_plans, ringfence.tenant_quotas,
  ringfence.quota_usage FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.allowed_quota(uuid, text), ringfence.lock_usage(uuid, text),
  ringfence.add_usage(uuid, text, bigint), ringfence.use_quota(uuid, text, bigint),
  ringfence.own_quotas() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.own_quotas() TO "ringfence_app";
GRANT SELECT ON ringfence.quotas, ringfence.quota_usage TO "ringfence_operator";
GRANT SELECT, INSERT, UPDATE, DELETE ON ringfence.quota_plans, ringfence.tenant_plans,
  ringfence.tenant_quotas TO "ringfence_operator";

CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ringfence.quota_plans
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_platform_changes('{plan,quota,allowed}', '');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON ringfence.quota_plans
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ringfence.tenant_plans
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_platform_changes('{tenant,plan}', 'tenant');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON ringfence.tenant_plans
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ringfence.tenant_quotas
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_platform_changes('{tenant,quota,allowed}', 'tenant');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON ringfence.tenant_quotas
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

INSERT INTO ringfence.quotas (name) VALUES ('seats')
  ON CONFLICT DO NOTHING;

CREATE FUNCTION "ringfence"."count_rows_of_users"() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $count$
DECLARE
  counted record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    FOR counted IN
      SELECT r.tenant_id, coalesce(sum(r.a0), 0)::bigint AS a0
      FROM (SELECT tenant_id, (1) AS a0 FROM new_rows) AS r GROUP BY r.tenant_id ORDER BY r.tenant_id
    LOOP
      PERFORM ringfence.use_quota(counted.tenant_id, 'seats', counted.a0);
    END LOOP;
  ELSIF TG_OP = 'DELETE' THEN
    FOR counted IN
      SELECT r.tenant_id, coalesce(sum(r.a0), 0)::bigint AS a0
      FROM (SELECT tenant_id, -(1) AS a0 FROM old_rows) AS r GROUP BY r.tenant_id ORDER BY r.tenant_id
    LOOP
      PERFORM ringfence.use_quota(counted.tenant_id, 'seats', counted.a0);
    END LOOP;
  ELSIF TG_OP = 'UPDATE' THEN
    FOR counted IN
      SELECT r.tenant_id, coalesce(sum(r.a0), 0)::bigint AS a0
      FROM (SELECT tenant_id, (1) AS a0 FROM new_rows UNION ALL SELECT tenant_id, -(1) AS a0 FROM old_rows) AS r GROUP BY r.tenant_id ORDER BY r.tenant_id
    LOOP
      PERFORM ringfence.use_quota(counted.tenant_id, 'seats', counted.a0);
    END LOOP;
  ELSE
    RAISE EXCEPTION 'rows of a table under quotas are deleted, not truncated' USING ERRCODE = '0A000';
  END IF;
  RETURN NULL;
END
$count$;

COMMENT ON FUNCTION "ringfence"."count_rows_of_users"() IS 'Counts what a statement changed on the quotas of the tenant.';

REVOKE ALL ON FUNCTION "ringfence"."count_rows_of_users"() FROM PUBLIC;

CREATE TRIGGER quota_insert AFTER INSERT ON "public"."users"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION "ringfence"."count_rows_of_users"();
CREATE TRIGGER quota_delete AFTER DELETE ON "public"."users"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION "ringfence"."count_rows_of_users"();
CREATE TRIGGER quota_truncate BEFORE TRUNCATE ON "public"."users"
  FOR EACH STATEMENT EXECUTE FUNCTION "ringfence"."count_rows_of_users"();

ALTER TABLE "public"."users" NO FORCE ROW LEVEL SECURITY;
SELECT ringfence.add_usage(r.tenant_id, 'seats', r.amount)
  FROM (SELECT tenant_id, sum(1)::bigint AS amount FROM "public"."users" GROUP BY tenant_id) AS r;
ALTER TABLE "public"."users" FORCE ROW LEVEL SECURITY;

INSERT INTO ringfence.quotas (name) VALUES ('documents'), ('storage')
  ON CONFLICT DO NOTHING;

CREATE FUNCTION "ringfence"."count_rows_of_documents"() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $count$
DECLARE
  counted record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    FOR counted IN
      SELECT r.tenant_id, coalesce(sum(r.a0), 0)::bigint AS a0, coalesce(sum(r.a1), 0)::bigint AS a1
      FROM (SELECT tenant_id, (1) AS a0, (octet_length("body")) AS a1 FROM new_rows) AS r GROUP BY r.tenant_id ORDER BY r.tenant_id
    LOOP
      PERFORM ringfence.use_quota(counted.tenant_id, 'documents', counted.a0);
      PERFORM ringfence.use_quota(counted.tenant_id, 'storage', counted.a1);
    END LOOP;
  ELSIF TG_OP = 'DELETE' THEN
    FOR counted IN
      SELECT r.tenant_id, coalesce(sum(r.a0), 0)::bigint AS a0, coalesce(sum(r.a1), 0)::bigint AS a1
      FROM (SELECT tenant_id, -(1) AS a0, -(octet_length("body")) AS a1 FROM old_rows) AS r GROUP BY r.tenant_id ORDER BY r.tenant_id
    LOOP
      PERFORM ringfence.use_quota(counted.tenant_id, 'documents', counted.a0);
      PERFORM ringfence.use_quota(counted.tenant_id, 'storage', counted.a1);
    END LOOP;
  ELSIF TG_OP = 'UPDATE' THEN
    FOR counted IN
      SELECT r.tenant_id, coalesce(sum(r.a0), 0)::bigint AS a0, coalesce(sum(r.a1), 0)::bigint AS a1
      FROM (SELECT tenant_id, (1) AS a0, (octet_length("body")) AS a1 FROM new_rows UNION ALL SELECT tenant_id, -(1) AS a0, -(octet_length("body")) AS a1 FROM old_rows) AS r GROUP BY r.tenant_id ORDER BY r.tenant_id
    LOOP
      PERFORM ringfence.use_quota(counted.tenant_id, 'documents', counted.a0);
      PERFORM ringfence.use_quota(counted.tenant_id, 'storage', counted.a1);
    END LOOP;
  ELSE
    RAISE EXCEPTION 'rows of a table under quotas are deleted, not truncated' USING ERRCODE = '0A000';
  END IF;
  RETURN NULL;
END
$count$;

COMMENT ON FUNCTION "ringfence"."count_rows_of_documents"() IS 'Counts what a statement changed on the quotas of the tenant.';

REVOKE ALL ON FUNCTION "ringfence"."count_rows_of_documents"() FROM PUBLIC;

CREATE TRIGGER quota_insert AFTER INSERT ON "public"."documents"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION "ringfence"."count_rows_of_documents"();
CREATE TRIGGER quota_update AFTER UPDATE ON "public"."documents"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION "ringfence"."count_rows_of_documents"();
CREATE TRIGGER quota_delete AFTER DELETE ON "public"."documents"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION "ringfence"."count_rows_of_documents"();
CREATE TRIGGER quota_truncate BEFORE TRUNCATE ON "public"."documents"
  FOR EACH STATEMENT EXECUTE FUNCTION "ringfence"."count_rows_of_documents"();

ALTER TABLE "public"."documents" NO FORCE ROW LEVEL SECURITY;
SELECT ringfence.add_usage(r.tenant_id, 'documents', r.amount)
  FROM (SELECT tenant_id, sum(1)::bigint AS amount FROM "public"."documents" GROUP BY tenant_id) AS r;
SELECT ringfence.add_usage(r.tenant_id, 'storage', r.amount)
  FROM (SELECT tenant_id, sum(octet_length("body"))::bigint AS amount FROM "public"."documents" GROUP BY tenant_id) AS r;
ALTER TABLE "public"."documents" FORCE ROW LEVEL SECURITY;

CREATE OR REPLACE FUNCTION ringfence.measure_quotas()
  RETURNS TABLE (quota text, counted bigint, actual bigint)
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $measure$
  SELECT q.name,
    coalesce((SELECT sum(u.used) FROM ringfence.quota_usage AS u
      WHERE u.tenant = (SELECT ringfence.current_tenant_id()) AND u.quota = q.name), 0)::bigint,
    coalesce((SELECT sum(m.amount) FROM (
      SELECT 'seats' AS quota, sum(1)::bigint AS amount
      FROM "public"."users" WHERE tenant_id = (SELECT ringfence.current_tenant_id())
      UNION ALL
      SELECT 'documents' AS quota, sum(1)::bigint AS amount
      FROM "public"."documents" WHERE tenant_id = (SELECT ringfence.current_tenant_id())
      UNION ALL
      SELECT 'storage' AS quota, sum(octet_length("body"))::bigint AS amount
      FROM "public"."documents" WHERE tenant_id = (SELECT ringfence.current_tenant_id())
    ) AS m WHERE m.quota = q.name), 0)::bigint
  FROM ringfence.quotas AS q
  WHERE (SELECT ringfence.current_tenant_id()) IS NOT NULL
$measure$;

COMMENT ON FUNCTION ringfence.measure_quotas() IS
  'What the counters of the bound tenant say, and what its rows say, at one moment.';

CREATE OR REPLACE FUNCTION ringfence.reconcile_quotas()
  RETURNS TABLE (quota text, counted bigint, actual bigint)
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $reconcile$
#variable_conflict use_column
DECLARE
  bound uuid := ringfence.current_tenant_id();
  found record;
BEGIN
  -- Who has locked the counters has no change in work; who has not sees this one's.
  PERFORM ringfence.lock_usage(bound, q.name) FROM (SELECT name FROM ringfence.quotas ORDER BY name) AS q
    WHERE bound IS NOT NULL;
  FOR found IN SELECT m.quota, m.counted, m.actual FROM ringfence.measure_quotas() AS m
    WHERE m.counted <> m.actual ORDER BY m.quota
  LOOP
    PERFORM ringfence.add_usage(bound, found.quota, found.actual - found.counted);
    INSERT INTO ringfence.platform_log (tenant, action, object_type, details, actor_kind, actor_id)
    VALUES (bound, 'update', 'quota_usage', jsonb_build_object('quota', jsonb_build_array(found.quota, found.quota),
      'used', jsonb_build_array(found.counted, found.actual)), 'login', current_setting('application_name'));
    quota := found.quota;
    counted := found.counted;
    actual := found.actual;
    RETURN NEXT;
  END LOOP;
END
$reconcile$;

COMMENT ON FUNCTION ringfence.reconcile_quotas() IS
  'Sets the counters of the bound tenant to what its rows say; answers what was wrong.';

REVOKE ALL ON FUNCTION ringfence.measure_quotas(), ringfence.reconcile_quotas() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.measure_quotas(), ringfence.reconcile_quotas() TO "ringfence_operator";

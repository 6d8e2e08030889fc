-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE FUNCTION ringfence.refuse_change() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $refuse$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or taken away', TG_TABLE_NAME USING ERRCODE = '42501';
END
$refuse$;

COMMENT ON FUNCTION ringfence.refuse_change() IS
  'Makes a table append-only, for its owner as well.';

REVOKE ALL ON FUNCTION ringfence.refuse_change() FROM PUBLIC;

CREATE TABLE ringfence.audit_log (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "created_at" timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Of the top-level transaction: what a seal covers is told by it, not by times.
  "xact" xid8 NOT NULL DEFAULT pg_current_xact_id(),
  "action" text NOT NULL,
  "object_type" text NOT NULL,
  "object_id" uuid,
  "changed" text[] NOT NULL DEFAULT '{}',
  "details" jsonb NOT NULL DEFAULT '{}',
  "actor_kind" text NOT NULL,
  "actor_id" text,
  "actor_session" text,
  "request_id" text,
  "login" text NOT NULL DEFAULT session_user,
  CONSTRAINT audit_log_pkey PRIMARY KEY ("tenant_id", "created_at", "id")
) PARTITION BY RANGE ("created_at");
CREATE INDEX audit_log_xact_idx ON ringfence.audit_log ("tenant_id", "xact", "id");
CREATE INDEX audit_log_object_idx
  ON ringfence.audit_log ("tenant_id", "object_id", "created_at", "id");
CREATE INDEX audit_log_actor_idx
  ON ringfence.audit_log ("tenant_id", "actor_id", "created_at", "id");

COMMENT ON TABLE ringfence.audit_log IS
  'What was changed in a tenant, by whom and when. Written by triggers alone; sealed by audit_seals.';

CREATE TABLE ringfence.audit_seals (
  "tenant_id" uuid NOT NULL DEFAULT ringfence.current_tenant_id(),
  "seq" bigint NOT NULL,
  "first_at" timestamptz(3) NOT NULL,
  "last_at" timestamptz(3) NOT NULL,
  "through_xact" xid8 NOT NULL,
  "through_id" uuid NOT NULL,
  -- Per row 56 bytes: its id, its time in milliseconds, SHA-256 of what it says.
  "entries" bytea NOT NULL,
  "row_count" integer GENERATED ALWAYS AS (octet_length(entries) / 56) STORED,
  "previous_hash" bytea NOT NULL,
  "hash" bytea NOT NULL,
  "sealed_at" timestamptz(3) NOT NULL,
  CONSTRAINT audit_seals_pkey PRIMARY KEY ("tenant_id", "seq"),
  CONSTRAINT audit_seals_entries_are_whole CHECK (octet_length(entries) % 56 = 0),
  CONSTRAINT audit_seals_hashes_are_sha256
    CHECK (octet_length(hash) = 32 AND octet_length(previous_hash) = 32)
);

COMMENT ON TABLE ringfence.audit_seals IS
  'A chain per tenant: each seal holds the digests of a range of audit_log and the hash of the seal before.';

CREATE TABLE ringfence.platform_log (
  -- Whose rows or entry in the directory it was about, where it was one tenant.
  "tenant" uuid,
  "created_at" timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Of the top-level transaction: what a seal covers is told by it, not by times.
  "xact" xid8 NOT NULL DEFAULT pg_current_xact_id(),
  "action" text NOT NULL,
  "object_type" text NOT NULL,
  "object_id" uuid,
  "changed" text[] NOT NULL DEFAULT '{}',
  "details" jsonb NOT NULL DEFAULT '{}',
  "actor_kind" text NOT NULL,
  "actor_id" text,
  "actor_session" text,
  "request_id" text,
  "login" text NOT NULL DEFAULT session_user,
  CONSTRAINT platform_log_pkey PRIMARY KEY ("created_at", "id")
);
CREATE INDEX platform_log_xact_idx ON ringfence.platform_log ("xact", "id");

COMMENT ON TABLE ringfence.platform_log IS
  'What was changed in the platform''s own tables, and in tenants'' rows from outside of their context.';

CREATE TABLE ringfence.platform_seals (
  "seq" bigint NOT NULL,
  "first_at" timestamptz(3) NOT NULL,
  "last_at" timestamptz(3) NOT NULL,
  "through_xact" xid8 NOT NULL,
  "through_id" uuid NOT NULL,
  -- Per row 56 bytes: its id, its time in milliseconds, SHA-256 of what it says.
  "entries" bytea NOT NULL,
  "row_count" integer GENERATED ALWAYS AS (octet_length(entries) / 56) STORED,
  "previous_hash" bytea NOT NULL,
  "hash" bytea NOT NULL,
  "sealed_at" timestamptz(3) NOT NULL,
  CONSTRAINT platform_seals_pkey PRIMARY KEY ("seq"),
  CONSTRAINT platform_seals_entries_are_whole CHECK (octet_length(entries) % 56 = 0),
  CONSTRAINT platform_seals_hashes_are_sha256
    CHECK (octet_length(hash) = 32 AND octet_length(previous_hash) = 32)
);

COMMENT ON TABLE ringfence.platform_seals IS 'The chain of seals over platform_log.';

CREATE TABLE ringfence.audit_drops (
  "partition" text PRIMARY KEY,
  "from_at" timestamptz(3) NOT NULL,
  "to_at" timestamptz(3) NOT NULL,
  -- Signed by whoever dropped it: see docs/audit-log.md.
  "statement" text NOT NULL
);

COMMENT ON TABLE ringfence.audit_drops IS
  'Which partitions of audit_log were dropped when they were old enough, signed.';

ALTER TABLE ringfence.audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE ringfence.audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON ringfence.audit_log AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON ringfence.audit_log AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
ALTER TABLE ringfence.audit_seals ENABLE ROW LEVEL SECURITY;
ALTER TABLE ringfence.audit_seals FORCE ROW LEVEL SECURITY;
CREATE POLICY "tenant_isolation" ON ringfence.audit_seals AS RESTRICTIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));
CREATE POLICY "tenant_access" ON ringfence.audit_seals AS PERMISSIVE FOR ALL TO PUBLIC
  USING ("tenant_id" = (SELECT ringfence.current_tenant_id()))
  WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()));

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ringfence.audit_log
  FOR EACH ROW EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ringfence.audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ringfence.audit_seals
  FOR EACH ROW EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ringfence.audit_seals
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ringfence.platform_log
  FOR EACH ROW EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ringfence.platform_log
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ringfence.platform_seals
  FOR EACH ROW EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ringfence.platform_seals
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ringfence.audit_drops
  FOR EACH ROW EXECUTE FUNCTION ringfence.refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ringfence.audit_drops
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.refuse_change();

CREATE FUNCTION ringfence.protect_audit_partition(partition regclass) RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $protect$
BEGIN
  -- Nobody has a right on a partition; whoever gets one meets the same rules as on the whole.
  EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', partition);
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', partition);
  EXECUTE format('CREATE POLICY tenant_isolation ON %s AS RESTRICTIVE FOR ALL TO PUBLIC '
    'USING ("tenant_id" = (SELECT ringfence.current_tenant_id())) WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()))', partition);
  EXECUTE format('CREATE POLICY tenant_access ON %s AS PERMISSIVE FOR ALL TO PUBLIC '
    'USING ("tenant_id" = (SELECT ringfence.current_tenant_id())) WITH CHECK ("tenant_id" = (SELECT ringfence.current_tenant_id()))', partition);
  -- Row triggers come with the parent; this one does not.
  EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s '
    'FOR EACH STATEMENT EXECUTE FUNCTION ringfence.refuse_change()', partition);
END
$protect$;

CREATE FUNCTION ringfence.make_audit_partitions(months_ahead integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $make$
DECLARE
  this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  month timestamp;
  name text;
  made integer := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ringfence.make_audit_partitions'));
  FOR ahead IN 0..least(months_ahead, 24) LOOP
    month := this_month + make_interval(months => ahead);
    name := 'audit_log_' || to_char(month, 'YYYY_MM');
    CONTINUE WHEN to_regclass(format('ringfence.%I', name)) IS NOT NULL;
    EXECUTE format('CREATE TABLE ringfence.%I (LIKE ringfence.audit_log INCLUDING DEFAULTS)', name);
    PERFORM ringfence.protect_audit_partition(format('ringfence.%I', name)::regclass);
    EXECUTE format('ALTER TABLE ringfence.audit_log ATTACH PARTITION ringfence.%I FOR VALUES FROM (%L) TO (%L)',
      name, month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    made := made + 1;
  END LOOP;
  RETURN made;
END
$make$;

COMMENT ON FUNCTION ringfence.make_audit_partitions(integer) IS
  'Makes the partitions of audit_log for this month and so many more; returns how many were missing.';

REVOKE ALL ON FUNCTION ringfence.protect_audit_partition(regclass) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.make_audit_partitions(integer) FROM PUBLIC;

CREATE TABLE ringfence.audit_log_other PARTITION OF ringfence.audit_log DEFAULT;
SELECT ringfence.protect_audit_partition('ringfence.audit_log_other');

CREATE PROCEDURE ringfence.bind(tenant_id uuid, proof text, actor text, actor_proof text)
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
END
$bind$;

COMMENT ON PROCEDURE ringfence.bind(uuid, text, text, text) IS
  'As the other one, and says who acts: for transactions that may change something.';

REVOKE ALL ON PROCEDURE ringfence.bind(uuid, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE ringfence.bind(uuid, text, text, text) TO "ringfence_app";

CREATE FUNCTION ringfence.acting(bound uuid) RETURNS jsonb
  LANGUAGE plpgsql STABLE
  SET search_path = pg_catalog, pg_temp
AS $acting$
DECLARE
  said text := current_setting('app.current_actor', true);
BEGIN
  IF said IS NULL OR said = '' THEN
    RETURN NULL;
  END IF;
  IF ringfence.is_proven('actor:' || bound || ':' || said, current_setting('app.current_actor_proof', true)) IS NOT TRUE THEN
    RAISE EXCEPTION 'who acts in this transaction is not proven' USING ERRCODE = 'RF003';
  END IF;
  RETURN said::jsonb;
END
$acting$;

COMMENT ON FUNCTION ringfence.acting(uuid) IS
  'Who acts in this transaction, as the process has signed it; NULL when nobody said it.';

CREATE FUNCTION ringfence.changed_columns(was jsonb, became jsonb, quiet text[]) RETURNS text[]
  LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $changed$
  SELECT coalesce(array_agg(n.key ORDER BY n.key COLLATE "C"), '{}')
  FROM jsonb_each(became) AS n
  WHERE n.value IS DISTINCT FROM was -> n.key AND n.key <> ALL (quiet)
$changed$;

CREATE FUNCTION ringfence.shown_values(was jsonb, became jsonb, columns text[]) RETURNS jsonb
  LANGUAGE sql IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $shown$
  SELECT coalesce(jsonb_object_agg(c, jsonb_build_array(was -> c, became -> c)), '{}')
  FROM unnest(columns) AS c
  WHERE coalesce(was, became) ? c AND was -> c IS DISTINCT FROM became -> c
$shown$;

CREATE FUNCTION ringfence.record_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $record$
DECLARE
  bound uuid := ringfence.current_tenant_id();
  actor jsonb := ringfence.acting(bound);
  shown text[] := TG_ARGV[0];
  quiet text[] := TG_ARGV[1];
  -- Not known to the process: raw SQL on a connection that only bound its tenant.
  kind text := coalesce(actor ->> 'kind', 'unknown');
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO ringfence.audit_log
      (tenant_id, action, object_type, object_id, details, actor_kind, actor_id, actor_session, request_id)
    SELECT bound, 'insert', TG_TABLE_NAME, n.id,
      CASE WHEN shown = '{}' THEN '{}' ELSE ringfence.shown_values(NULL, to_jsonb(n), shown) END,
      kind, actor ->> 'id', actor ->> 'session', actor ->> 'request'
    FROM new_rows AS n WHERE n.tenant_id = bound;
    IF EXISTS (SELECT FROM new_rows AS n WHERE n.tenant_id IS DISTINCT FROM bound) THEN
      INSERT INTO ringfence.platform_log (tenant, action, object_type, object_id, actor_kind, actor_id)
      SELECT n.tenant_id, 'insert', TG_TABLE_NAME, n.id, 'login', current_setting('application_name')
      FROM new_rows AS n WHERE n.tenant_id IS DISTINCT FROM bound;
    END IF;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO ringfence.audit_log
      (tenant_id, action, object_type, object_id, details, actor_kind, actor_id, actor_session, request_id)
    SELECT bound, 'delete', TG_TABLE_NAME, o.id,
      CASE WHEN shown = '{}' THEN '{}' ELSE ringfence.shown_values(to_jsonb(o), NULL, shown) END,
      kind, actor ->> 'id', actor ->> 'session', actor ->> 'request'
    FROM old_rows AS o WHERE o.tenant_id = bound;
    IF EXISTS (SELECT FROM old_rows AS o WHERE o.tenant_id IS DISTINCT FROM bound) THEN
      INSERT INTO ringfence.platform_log (tenant, action, object_type, object_id, actor_kind, actor_id)
      SELECT o.tenant_id, 'delete', TG_TABLE_NAME, o.id, 'login', current_setting('application_name')
      FROM old_rows AS o WHERE o.tenant_id IS DISTINCT FROM bound;
    END IF;
  ELSE
    -- FULL: a row whose key was changed went away under one and came under the other.
    INSERT INTO ringfence.audit_log (tenant_id, action, object_type, object_id, changed, details,
      actor_kind, actor_id, actor_session, request_id)
    SELECT bound, c.action, TG_TABLE_NAME, c.id, c.changed,
      CASE WHEN shown = '{}' THEN '{}' ELSE ringfence.shown_values(c.was, c.became, shown) END,
      kind, actor ->> 'id', actor ->> 'session', actor ->> 'request'
    FROM (
      SELECT coalesce(n.id, o.id) AS id, coalesce(n.tenant_id, o.tenant_id) AS tenant_id,
        CASE WHEN n.id IS NULL THEN 'delete' WHEN o.id IS NULL THEN 'insert' ELSE 'update' END AS action,
        to_jsonb(o) AS was, to_jsonb(n) AS became,
        CASE WHEN n.id IS NULL OR o.id IS NULL THEN '{}'
          ELSE ringfence.changed_columns(to_jsonb(o), to_jsonb(n), quiet) END AS changed
      FROM old_rows AS o FULL JOIN new_rows AS n ON n.tenant_id = o.tenant_id AND n.id = o.id
    ) AS c
    WHERE c.tenant_id = bound AND (c.action <> 'update' OR c.changed <> '{}');
    IF EXISTS (SELECT FROM old_rows AS o WHERE o.tenant_id IS DISTINCT FROM bound)
      OR EXISTS (SELECT FROM new_rows AS n WHERE n.tenant_id IS DISTINCT FROM bound) THEN
      INSERT INTO ringfence.platform_log (tenant, action, object_type, object_id, changed, actor_kind, actor_id)
      SELECT c.tenant_id, c.action, TG_TABLE_NAME, c.id, c.changed, 'login', current_setting('application_name')
      FROM (
        SELECT coalesce(n.id, o.id) AS id, coalesce(n.tenant_id, o.tenant_id) AS tenant_id,
          CASE WHEN n.id IS NULL THEN 'delete' WHEN o.id IS NULL THEN 'insert' ELSE 'update' END AS action,
          CASE WHEN n.id IS NULL OR o.id IS NULL THEN '{}'
            ELSE ringfence.changed_columns(to_jsonb(o), to_jsonb(n), quiet) END AS changed
        FROM old_rows AS o FULL JOIN new_rows AS n ON n.tenant_id = o.tenant_id AND n.id = o.id
      ) AS c
      WHERE c.tenant_id IS DISTINCT FROM bound AND (c.action <> 'update' OR c.changed <> '{}');
    END IF;
  END IF;
  RETURN NULL;
END
$record$;

COMMENT ON FUNCTION ringfence.record_changes() IS
  'Writes the rows of a statement into the log of the bound tenant; those of no bound tenant into the platform''s.';

CREATE FUNCTION ringfence.record_truncate() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $truncate$
BEGIN
  INSERT INTO ringfence.platform_log (action, object_type, actor_kind, actor_id)
    VALUES ('truncate', TG_TABLE_NAME, 'login', current_setting('application_name'));
  RETURN NULL;
END
$truncate$;

CREATE FUNCTION ringfence.record_platform_changes() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $platform$
DECLARE
  bound uuid := ringfence.current_tenant_id();
  actor jsonb := ringfence.acting(bound);
  shown text[] := TG_ARGV[0];
  was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
BEGIN
  INSERT INTO ringfence.platform_log (tenant, action, object_type, object_id, changed, details,
    actor_kind, actor_id, actor_session, request_id)
  VALUES ((coalesce(became, was) ->> TG_ARGV[1])::uuid, lower(TG_OP), TG_TABLE_NAME,
    (coalesce(became, was) ->> 'id')::uuid,
    CASE WHEN TG_OP = 'UPDATE' THEN ringfence.changed_columns(was, became, '{}') ELSE '{}' END,
    ringfence.shown_values(was, became, shown), coalesce(actor ->> 'kind', 'login'),
    coalesce(actor ->> 'id', current_setting('application_name')), actor ->> 'session', actor ->> 'request');
  RETURN NULL;
END
$platform$;

COMMENT ON FUNCTION ringfence.record_platform_changes() IS
  'Writes a change of one of the platform''s own tables into platform_log.';

REVOKE ALL ON FUNCTION ringfence.acting(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.changed_columns(jsonb, jsonb, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.shown_values(jsonb, jsonb, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.record_changes() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.record_truncate() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.record_platform_changes() FROM PUBLIC;

CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ringfence."tenants"
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_platform_changes('{"slug","host","name","state"}', 'id');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON ringfence."tenants"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ringfence."tenant_domains"
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_platform_changes('{"domain","tenant"}', 'tenant');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON ringfence."tenant_domains"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();
CREATE TRIGGER audit_change AFTER INSERT OR UPDATE OR DELETE ON ringfence."context_keys"
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_platform_changes('{"kid"}', '');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON ringfence."context_keys"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

REVOKE ALL ON ringfence.audit_log, ringfence.audit_seals, ringfence.platform_log,
  ringfence.platform_seals, ringfence.audit_drops FROM PUBLIC;
GRANT USAGE ON SCHEMA ringfence TO "ringfence_sealer";
GRANT EXECUTE ON FUNCTION ringfence.current_tenant_id() TO "ringfence_sealer";
GRANT EXECUTE ON PROCEDURE ringfence.bind(uuid, text) TO "ringfence_sealer";
GRANT EXECUTE ON FUNCTION ringfence.make_audit_partitions(integer) TO "ringfence_sealer";
GRANT SELECT ON ringfence.audit_log TO "ringfence_app", "ringfence_sealer";
GRANT SELECT, INSERT ON ringfence.audit_seals, ringfence.platform_seals TO "ringfence_sealer";
GRANT SELECT ON ringfence.platform_log TO "ringfence_operator", "ringfence_sealer";
GRANT SELECT ON ringfence.audit_drops TO "ringfence_operator", "ringfence_sealer";
GRANT SELECT ("id", "slug") ON ringfence.tenants TO "ringfence_sealer";

SELECT ringfence.make_audit_partitions(2);

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."organizations"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name"}', '{"version","updated_at"}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."organizations"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name"}', '{"version","updated_at"}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."organizations"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name"}', '{"version","updated_at"}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."organizations"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."users"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"email","name","role","custom_role_id"}', '{"version","updated_at"}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."users"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"email","name","role","custom_role_id"}', '{"version","updated_at"}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."users"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"email","name","role","custom_role_id"}', '{"version","updated_at"}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."users"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."memberships"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"organization_id","user_id"}', '{}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."memberships"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"organization_id","user_id"}', '{}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."memberships"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"organization_id","user_id"}', '{}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."memberships"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."projects"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name","organization_id"}', '{"version","updated_at"}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."projects"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name","organization_id"}', '{"version","updated_at"}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."projects"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name","organization_id"}', '{"version","updated_at"}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."projects"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."documents"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"project_id"}', '{"version","updated_at"}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."documents"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"project_id"}', '{"version","updated_at"}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."documents"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"project_id"}', '{"version","updated_at"}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."documents"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."custom_roles"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name","permissions"}', '{"version","updated_at"}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."custom_roles"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name","permissions"}', '{"version","updated_at"}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."custom_roles"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name","permissions"}', '{"version","updated_at"}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."custom_roles"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."invitations"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"email","role","custom_role_id","invited_by"}', '{}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."invitations"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"email","role","custom_role_id","invited_by"}', '{}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."invitations"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"email","role","custom_role_id","invited_by"}', '{}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."invitations"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."sessions"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"user_id","revoked_at"}', '{"last_used_at","expires_at","address","user_agent"}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."sessions"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"user_id","revoked_at"}', '{"last_used_at","expires_at","address","user_agent"}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."sessions"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"user_id","revoked_at"}', '{"last_used_at","expires_at","address","user_agent"}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."sessions"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."second_factors"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"user_id"}', '{"last_step"}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."second_factors"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"user_id"}', '{"last_step"}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."second_factors"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"user_id"}', '{"last_step"}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."second_factors"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."recovery_codes"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"user_id"}', '{}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."recovery_codes"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"user_id"}', '{}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."recovery_codes"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"user_id"}', '{}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."recovery_codes"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."api_keys"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name","prefix","permissions","created_by"}', '{"last_used_at"}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."api_keys"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name","prefix","permissions","created_by"}', '{"last_used_at"}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."api_keys"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"name","prefix","permissions","created_by"}', '{"last_used_at"}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."api_keys"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

CREATE TRIGGER audit_insert AFTER INSERT ON "public"."custom_domains"
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"domain"}', '{"checked_at"}');
CREATE TRIGGER audit_update AFTER UPDATE ON "public"."custom_domains"
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"domain"}', '{"checked_at"}');
CREATE TRIGGER audit_delete AFTER DELETE ON "public"."custom_domains"
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_changes('{"domain"}', '{"checked_at"}');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON "public"."custom_domains"
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.record_truncate();

-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE TABLE ringfence.migrations (
  name text PRIMARY KEY,
  -- Of the folder: files that were expanded do not change any more.
  checksum text NOT NULL,
  state text NOT NULL DEFAULT 'draft',
  -- Why it is paused, held or halted.
  reason text,
  halted_from text,
  settings jsonb NOT NULL DEFAULT '{}',
  -- Rings follow one another by themselves; otherwise each is asked for.
  advancing boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  changed_at timestamptz(3) NOT NULL DEFAULT now(),
  expanded_at timestamptz(3),
  soak_until timestamptz(3),
  contracted_at timestamptz(3),
  CONSTRAINT migrations_name_is_plain CHECK (name ~ '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$'),
  CONSTRAINT migrations_state_is_known CHECK (state IN ('draft', 'linted', 'expanding', 'expanded', 'rolling', 'paused', 'held', 'complete', 'soaking', 'contracting', 'contracted', 'halted', 'rolling_back', 'rolled_back'))
);

COMMENT ON TABLE ringfence.migrations IS 'Controlled migrations: where each of them stands.';

CREATE TABLE ringfence.migration_rings (
  migration text NOT NULL REFERENCES ringfence.migrations (name) ON DELETE CASCADE,
  position integer NOT NULL,
  name text NOT NULL,
  selector jsonb NOT NULL,
  gates jsonb NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'waiting',
  requested boolean NOT NULL DEFAULT false,
  -- What the application's nodes said before it was opened.
  baseline jsonb,
  opened_at timestamptz(3),
  finished_at timestamptz(3),
  approved_by text,
  approved_at timestamptz(3),
  PRIMARY KEY (migration, position),
  UNIQUE (migration, name),
  CONSTRAINT migration_rings_state_is_known CHECK (state IN ('waiting', 'open', 'watching', 'passed'))
);

COMMENT ON TABLE ringfence.migration_rings IS
  'The groups of tenants that a migration reaches one after the other.';

CREATE TABLE ringfence.migration_tenants (
  migration text NOT NULL REFERENCES ringfence.migrations (name) ON DELETE CASCADE,
  tenant uuid NOT NULL REFERENCES ringfence.tenants (id) ON DELETE CASCADE,
  -- NULL for a tenant that was made after the migration was expanded.
  ring integer,
  state text NOT NULL DEFAULT 'pending',
  requested boolean NOT NULL DEFAULT false,
  -- The key of the last row that is done.
  cursor text,
  batch_size integer,
  lease_owner text,
  lease_until timestamptz(3),
  -- Goes up with every lease: whoever holds a lower one has lost it and changes nothing.
  fence bigint NOT NULL DEFAULT 0,
  rows_done bigint NOT NULL DEFAULT 0,
  rows_changed bigint NOT NULL DEFAULT 0,
  rows_expected bigint,
  batches integer NOT NULL DEFAULT 0,
  mismatches bigint,
  checksum text,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz(3),
  -- A code of the catalogue or an SQLSTATE, never a message: those quote rows.
  error_code text,
  started_at timestamptz(3),
  switched_at timestamptz(3),
  PRIMARY KEY (migration, tenant),
  CONSTRAINT migration_tenants_state_is_known CHECK (state IN ('pending', 'backfilling', 'verifying', 'ready', 'switched', 'failed', 'quarantined', 'reverting')),
  CONSTRAINT migration_tenants_error_is_a_code CHECK (error_code ~ '^[A-Z0-9_]{1,60}$')
) WITH (fillfactor = 70);
CREATE INDEX migration_tenants_tenant_idx ON ringfence.migration_tenants (tenant);
CREATE INDEX migration_tenants_work_idx ON ringfence.migration_tenants (migration, ring, tenant)
  WHERE state IN ('pending', 'backfilling', 'verifying', 'ready', 'failed');
CREATE INDEX migration_tenants_requested_idx ON ringfence.migration_tenants (migration, tenant)
  WHERE requested AND state IN ('pending', 'backfilling', 'verifying', 'ready', 'failed');

COMMENT ON TABLE ringfence.migration_tenants IS
  'How far a migration is in a tenant. Changes in one transaction with the tenant''s rows.';

CREATE TABLE ringfence.migration_files (
  migration text NOT NULL REFERENCES ringfence.migrations (name) ON DELETE CASCADE,
  file text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (migration, file)
);

COMMENT ON TABLE ringfence.migration_files IS
  'Schema files that are applied, written down in the transaction of the file.';

CREATE TABLE ringfence.migration_acts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- '*' for all migrations.
  migration text NOT NULL,
  ring text,
  tenant uuid,
  act text NOT NULL,
  actor text NOT NULL,
  reason text,
  detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX migration_acts_migration_idx ON ringfence.migration_acts (migration, id);

COMMENT ON TABLE ringfence.migration_acts IS
  'Who did or asked for what, append-only. Each stands in platform_log too, where there is one.';

CREATE TABLE ringfence.migration_control (
  -- '*' stops all of them.
  migration text PRIMARY KEY,
  stopped_at timestamptz(3) NOT NULL DEFAULT now(),
  actor text NOT NULL,
  reason text
);

COMMENT ON TABLE ringfence.migration_control IS
  'The kill switch: while a row stands here, no batch of that migration begins.';

CREATE TABLE ringfence.migration_nodes (
  node text PRIMARY KEY,
  version text NOT NULL,
  seen_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT migration_nodes_are_named
    CHECK (octet_length(node) BETWEEN 1 AND 200 AND octet_length(version) BETWEEN 1 AND 100)
);

COMMENT ON TABLE ringfence.migration_nodes IS
  'Processes of the application that are alive, and the version of each, as they report.';

CREATE TABLE ringfence.migration_signals (
  node text NOT NULL REFERENCES ringfence.migration_nodes (node) ON DELETE CASCADE,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  requests bigint NOT NULL,
  errors bigint NOT NULL,
  p95_us bigint NOT NULL,
  PRIMARY KEY (node, at),
  CONSTRAINT migration_signals_are_counts CHECK (requests >= 0 AND errors BETWEEN 0 AND requests AND p95_us >= 0)
);
CREATE INDEX migration_signals_at_idx ON ringfence.migration_signals (at);

COMMENT ON TABLE ringfence.migration_signals IS
  'What nodes saw since they reported the time before: gates compare them.';

CREATE FUNCTION ringfence.check_transition() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $check$
DECLARE
  legal text[] := TG_ARGV[0];
  first_ones text[] := TG_ARGV[1];
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> ALL (first_ones) THEN
      RAISE EXCEPTION 'nothing begins as %', NEW.state USING ERRCODE = 'RF101';
    END IF;
  ELSIF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) <> ALL (legal)
    -- Only migrations can be halted, and go on where they were.
    AND (OLD.state = 'halted' AND NEW.state = to_jsonb(OLD) ->> 'halted_from') IS NOT TRUE THEN
    RAISE EXCEPTION 'the step from % to % is not possible', OLD.state, NEW.state
      USING ERRCODE = 'RF101';
  END IF;
  RETURN NEW;
END
$check$;

CREATE FUNCTION ringfence.mark_migration_step() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $step$
DECLARE
  waiting bigint;
BEGIN
  IF NEW.name <> OLD.name THEN
    RAISE EXCEPTION 'a migration keeps its name' USING ERRCODE = 'RF101';
  END IF;
  IF NEW.checksum <> OLD.checksum AND OLD.expanded_at IS NOT NULL THEN
    RAISE EXCEPTION 'the files of a migration that is expanded do not change' USING ERRCODE = 'RF101';
  END IF;
  IF NEW.state = OLD.state THEN
    RETURN NEW;
  END IF;
  NEW.changed_at := clock_timestamp();
  CASE NEW.state
    WHEN 'halted' THEN NEW.halted_from := OLD.state;
    WHEN 'expanded' THEN NEW.expanded_at := coalesce(OLD.expanded_at, clock_timestamp());
    WHEN 'contracted' THEN NEW.contracted_at := clock_timestamp();
    WHEN 'soaking' THEN
      NEW.soak_until := coalesce(NEW.soak_until, clock_timestamp()
        + make_interval(secs => coalesce((NEW.settings ->> 'soakSeconds')::double precision, 0)));
    WHEN 'rolling', 'rolling_back' THEN NEW.soak_until := NULL;
    WHEN 'contracting' THEN
      IF OLD.soak_until > clock_timestamp() THEN
        RAISE EXCEPTION 'it soaks until %', OLD.soak_until USING ERRCODE = 'RF105';
      END IF;
      -- Whoever makes a tenant now waits, and then finds it contracting.
      LOCK TABLE ringfence.tenants IN SHARE MODE;
      SELECT count(*) INTO waiting FROM ringfence.tenants AS t
        LEFT JOIN ringfence.migration_tenants AS m ON m.migration = NEW.name AND m.tenant = t.id
        WHERE m.state IS DISTINCT FROM 'switched';
      IF waiting > 0 THEN
        RAISE EXCEPTION '% tenants are not switched', waiting USING ERRCODE = 'RF105';
      END IF;
    ELSE NULL;
  END CASE;
  RETURN NEW;
END
$step$;

CREATE FUNCTION ringfence.record_migration_step() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $record$
DECLARE
  entry jsonb := to_jsonb(NEW);
BEGIN
  INSERT INTO ringfence.migration_acts (migration, ring, tenant, act, actor, reason, detail)
  VALUES (coalesce(entry ->> 'migration', entry ->> 'name'),
    CASE TG_TABLE_NAME WHEN 'migration_rings' THEN entry ->> 'name' END,
    (entry ->> 'tenant')::uuid, NEW.state,
    coalesce(nullif(current_setting('app.migration_actor', true), ''), session_user),
    coalesce(entry ->> 'reason', entry ->> 'error_code'),
    jsonb_build_object('from', CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) ->> 'state' END));
  RETURN NULL;
END
$record$;

CREATE FUNCTION ringfence.keep_migration_acts() RETURNS trigger
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $keep$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    RAISE EXCEPTION 'what was done is never changed or taken away' USING ERRCODE = '42501';
  END IF;
  -- The audit log is a migration of its own, and a database may be without it.
  IF to_regclass('ringfence.platform_log') IS NOT NULL THEN
    INSERT INTO ringfence.platform_log (tenant, action, object_type, details, actor_kind, actor_id)
    VALUES (NEW.tenant, NEW.act, 'migrations', jsonb_strip_nulls(NEW.detail || jsonb_build_object(
      'migration', NEW.migration, 'ring', NEW.ring, 'reason', NEW.reason)), 'operator', NEW.actor);
  END IF;
  RETURN NEW;
END
$keep$;

CREATE TRIGGER check_transition BEFORE INSERT OR UPDATE ON ringfence.migrations
  FOR EACH ROW EXECUTE FUNCTION ringfence.check_transition('{draft>linted,draft>halted,linted>draft,linted>expanding,linted>halted,expanding>expanded,expanding>linted,expanding>halted,expanded>rolling,expanded>halted,expanded>rolling_back,rolling>paused,rolling>held,rolling>complete,rolling>halted,rolling>rolling_back,paused>rolling,paused>halted,paused>rolling_back,held>rolling,held>paused,held>halted,held>rolling_back,complete>soaking,complete>rolling,complete>halted,complete>rolling_back,soaking>contracting,soaking>rolling,soaking>halted,soaking>rolling_back,contracting>contracted,contracting>soaking,contracting>halted,halted>rolling_back,rolling_back>rolled_back,rolling_back>halted,rolled_back>rolling,rolled_back>halted}', '{draft}');
-- Behind the other one, in the order of names: what is not legal is not looked at any further.
CREATE TRIGGER mark_step BEFORE UPDATE ON ringfence.migrations
  FOR EACH ROW EXECUTE FUNCTION ringfence.mark_migration_step();
CREATE TRIGGER check_transition BEFORE INSERT OR UPDATE ON ringfence.migration_rings
  FOR EACH ROW EXECUTE FUNCTION ringfence.check_transition('{waiting>open,open>watching,open>waiting,watching>passed,watching>open,watching>waiting,passed>open,passed>waiting}', '{waiting}');
CREATE TRIGGER check_transition BEFORE INSERT OR UPDATE OF state ON ringfence.migration_tenants
  FOR EACH ROW EXECUTE FUNCTION ringfence.check_transition('{pending>backfilling,pending>quarantined,backfilling>verifying,backfilling>failed,backfilling>quarantined,backfilling>pending,verifying>ready,verifying>failed,verifying>quarantined,verifying>pending,ready>switched,ready>failed,ready>quarantined,ready>pending,switched>reverting,failed>backfilling,failed>pending,failed>quarantined,quarantined>pending,reverting>pending,reverting>quarantined}', '{pending,switched}');
CREATE TRIGGER record_step AFTER INSERT ON ringfence.migrations
  FOR EACH ROW EXECUTE FUNCTION ringfence.record_migration_step();
CREATE TRIGGER record_change AFTER UPDATE ON ringfence.migrations
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION ringfence.record_migration_step();
CREATE TRIGGER record_change AFTER UPDATE ON ringfence.migration_rings
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION ringfence.record_migration_step();
CREATE TRIGGER record_change AFTER UPDATE OF state ON ringfence.migration_tenants
  FOR EACH ROW WHEN (NEW.state <> OLD.state AND NEW.state IN ('switched', 'failed', 'quarantined', 'reverting'))
  EXECUTE FUNCTION ringfence.record_migration_step();
CREATE TRIGGER keep_acts BEFORE INSERT OR UPDATE OR DELETE ON ringfence.migration_acts
  FOR EACH ROW EXECUTE FUNCTION ringfence.keep_migration_acts();
CREATE TRIGGER keep_acts_truncate BEFORE TRUNCATE ON ringfence.migration_acts
  FOR EACH STATEMENT EXECUTE FUNCTION ringfence.keep_migration_acts();

REVOKE ALL ON FUNCTION ringfence.check_transition() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.mark_migration_step() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.record_migration_step() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.keep_migration_acts() FROM PUBLIC;

CREATE FUNCTION ringfence.hold_lease(of_migration text, of_tenant uuid, held bigint)
  RETURNS ringfence.migration_tenants
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $hold$
DECLARE
  entry ringfence.migration_tenants;
BEGIN
  -- Locked first: what is read after it stays true until the end of the transaction.
  SELECT * INTO entry FROM ringfence.migration_tenants AS t
    WHERE t.migration = of_migration AND t.tenant = of_tenant FOR NO KEY UPDATE;
  IF entry.fence IS DISTINCT FROM held OR entry.lease_owner IS NULL THEN
    RAISE EXCEPTION 'the lease on this tenant was lost' USING ERRCODE = 'RF102';
  END IF;
  IF NOT EXISTS (SELECT FROM ringfence.migrations AS m WHERE m.name = of_migration AND m.state = 'rolling')
    OR EXISTS (SELECT FROM ringfence.migration_control AS c WHERE c.migration IN ('*', of_migration)) THEN
    RAISE EXCEPTION 'the migration is stopped' USING ERRCODE = 'RF103';
  END IF;
  RETURN entry;
END
$hold$;

CREATE FUNCTION ringfence.begin_batch(of_migration text, of_tenant uuid, proof text, held bigint)
  RETURNS ringfence.migration_tenants
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $begin$
DECLARE
  entry ringfence.migration_tenants := ringfence.hold_lease(of_migration, of_tenant, held);
BEGIN
  IF entry.state <> 'backfilling' THEN
    RAISE EXCEPTION 'this tenant is %', entry.state USING ERRCODE = 'RF101';
  END IF;
  PERFORM set_config('synchronous_commit', 'off', true);
  CALL ringfence.bind(of_tenant, proof);
  RETURN entry;
END
$begin$;

CREATE FUNCTION ringfence.end_batch(of_migration text, of_tenant uuid, held bigint, upto text,
    seen integer, changed bigint, size integer, lease_seconds double precision) RETURNS boolean
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $end$
DECLARE
  finished boolean := seen < size;
BEGIN
  UPDATE ringfence.migration_tenants AS t
  SET cursor = coalesce(upto, t.cursor), rows_done = t.rows_done + seen, rows_changed = t.rows_changed + changed,
    batches = t.batches + 1, batch_size = size,
    lease_until = clock_timestamp() + make_interval(secs => lease_seconds),
    state = CASE WHEN finished THEN 'verifying' ELSE t.state END
  WHERE t.migration = of_migration AND t.tenant = of_tenant AND t.fence = held;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease on this tenant was lost' USING ERRCODE = 'RF102';
  END IF;
  RETURN finished;
END
$end$;

CREATE FUNCTION ringfence.run_batch(of_migration text, of_tenant uuid, proof text, held bigint,
    range_sql text, change_sql text, count_sql text, size integer, lease_seconds double precision,
    OUT upto text, OUT seen integer, OUT changed bigint, OUT finished boolean)
  LANGUAGE plpgsql
AS $run$
DECLARE
  entry ringfence.migration_tenants := ringfence.begin_batch(of_migration, of_tenant, proof, held);
  expected bigint := entry.rows_expected;
BEGIN
  changed := 0;
  EXECUTE range_sql INTO upto, seen USING entry.cursor, size;
  seen := coalesce(seen, 0);
  IF seen > 0 THEN
    EXECUTE change_sql USING entry.cursor, upto;
    GET DIAGNOSTICS changed = ROW_COUNT;
  END IF;
  finished := ringfence.end_batch(of_migration, of_tenant, held, upto, seen, changed, size, lease_seconds);
  -- Only of those that take long: somebody will want to know how long.
  IF finished THEN
    expected := entry.rows_done + seen;
  ELSIF expected IS NULL THEN
    EXECUTE count_sql INTO expected;
  END IF;
  IF expected IS DISTINCT FROM entry.rows_expected THEN
    UPDATE ringfence.migration_tenants AS t SET rows_expected = expected
      WHERE t.migration = of_migration AND t.tenant = of_tenant;
  END IF;
END
$run$;

CREATE FUNCTION ringfence.fail_tenant(of_migration text, of_tenant uuid, held bigint, code text,
    most_attempts integer, wait_seconds double precision) RETURNS text
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $fail$
DECLARE
  became text;
BEGIN
  UPDATE ringfence.migration_tenants AS t
  SET state = CASE WHEN t.attempts + 1 >= most_attempts THEN 'quarantined' ELSE 'failed' END,
    attempts = t.attempts + 1, error_code = code, lease_owner = NULL, lease_until = NULL,
    -- Rows that came out wrong are done again from the beginning; after anything else it goes on.
    cursor = CASE WHEN code <> 'MISMATCH' THEN t.cursor END,
    rows_done = CASE WHEN code <> 'MISMATCH' THEN t.rows_done ELSE 0 END,
    not_before = clock_timestamp() + make_interval(secs => wait_seconds * power(2, t.attempts))
  WHERE t.migration = of_migration AND t.tenant = of_tenant AND t.fence = held AND t.lease_owner IS NOT NULL
  RETURNING t.state INTO became;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease on this tenant was lost' USING ERRCODE = 'RF102';
  END IF;
  RETURN became;
END
$fail$;

CREATE FUNCTION ringfence.verify_tenant(of_migration text, of_tenant uuid, proof text, held bigint,
    check_sql text, most_attempts integer, wait_seconds double precision,
    OUT mismatches bigint, OUT checksum text, OUT state text)
  LANGUAGE plpgsql
AS $verify$
DECLARE
  entry ringfence.migration_tenants := ringfence.hold_lease(of_migration, of_tenant, held);
BEGIN
  IF entry.state NOT IN ('verifying', 'ready') THEN
    RAISE EXCEPTION 'this tenant is %', entry.state USING ERRCODE = 'RF101';
  END IF;
  CALL ringfence.bind(of_tenant, proof);
  mismatches := 0;
  IF check_sql IS NOT NULL THEN
    EXECUTE check_sql INTO mismatches, checksum;
  END IF;
  IF mismatches IS DISTINCT FROM 0 THEN
    UPDATE ringfence.migration_tenants AS t SET mismatches = verify_tenant.mismatches
      WHERE t.migration = of_migration AND t.tenant = of_tenant;
    state := ringfence.fail_tenant(of_migration, of_tenant, held, 'MISMATCH', most_attempts, wait_seconds);
    RETURN;
  END IF;
  -- A rollback that is asked for meanwhile waits for this, or this finds it there.
  PERFORM FROM ringfence.migrations AS m WHERE m.name = of_migration AND m.state = 'rolling' FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the migration is stopped' USING ERRCODE = 'RF103';
  END IF;
  UPDATE ringfence.migration_tenants AS t SET state = 'ready', mismatches = 0, checksum = verify_tenant.checksum
    WHERE t.migration = of_migration AND t.tenant = of_tenant AND t.state = 'verifying';
  UPDATE ringfence.migration_tenants AS t
  SET state = 'switched', switched_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL,
    requested = false, error_code = NULL
  WHERE t.migration = of_migration AND t.tenant = of_tenant AND t.fence = held;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease on this tenant was lost' USING ERRCODE = 'RF102';
  END IF;
  state := 'switched';
END
$verify$;

REVOKE ALL ON FUNCTION ringfence.hold_lease(text, uuid, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.begin_batch(text, uuid, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.end_batch(text, uuid, bigint, text, integer, bigint, integer, double precision) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.run_batch(text, uuid, text, bigint, text, text, text, integer, double precision) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.fail_tenant(text, uuid, bigint, text, integer, double precision) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.verify_tenant(text, uuid, text, bigint, text, integer, double precision) FROM PUBLIC;

CREATE FUNCTION ringfence.ask_migration(act text, of_migration text, actor text, why text DEFAULT NULL,
    of_tenant uuid DEFAULT NULL, of_ring text DEFAULT NULL) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $ask$
DECLARE
  entry ringfence.migrations;
  done bigint := 1;
  act_id bigint;
BEGIN
  IF coalesce(actor, '') = '' THEN
    RAISE EXCEPTION 'an act needs an actor' USING ERRCODE = 'RF104';
  END IF;
  PERFORM set_config('app.migration_actor', actor, true);
  -- The kill switch waits for no lock of a migration.
  IF act IN ('stop', 'halt') THEN
    INSERT INTO ringfence.migration_control (migration, actor, reason) VALUES (of_migration, actor, why)
      ON CONFLICT (migration) DO NOTHING;
  ELSIF act IN ('release', 'resume', 'start', 'rollback') THEN
    DELETE FROM ringfence.migration_control AS c WHERE c.migration = of_migration;
  END IF;
  IF of_migration = '*' THEN
    IF act NOT IN ('stop', 'release') THEN
      RAISE EXCEPTION 'this cannot be asked of all migrations' USING ERRCODE = 'RF104';
    END IF;
  ELSE
    SELECT * INTO entry FROM ringfence.migrations AS m WHERE m.name = of_migration;
    IF entry.name IS NULL THEN
      RAISE EXCEPTION 'there is no such migration' USING ERRCODE = 'RF104';
    END IF;
    CASE act
      WHEN 'start' THEN
        UPDATE ringfence.migrations AS m SET state = 'rolling', reason = NULL, advancing = true
          WHERE m.name = of_migration;
      WHEN 'pause' THEN
        UPDATE ringfence.migrations AS m SET state = 'paused', reason = why WHERE m.name = of_migration;
      WHEN 'resume', 'release' THEN
        UPDATE ringfence.migrations AS m SET reason = NULL,
          state = CASE WHEN m.state <> 'halted' THEN 'rolling' ELSE m.halted_from END
          WHERE m.name = of_migration AND (act = 'resume' OR m.state = 'halted');
      WHEN 'stop' THEN NULL;
      WHEN 'halt' THEN
        UPDATE ringfence.migrations AS m SET state = 'halted', reason = why
          WHERE m.name = of_migration AND m.state <> 'halted';
      WHEN 'approve' THEN
        UPDATE ringfence.migration_rings AS r SET approved_by = actor, approved_at = clock_timestamp()
          WHERE r.migration = of_migration AND r.name = of_ring;
        GET DIAGNOSTICS done = ROW_COUNT;
      WHEN 'request' THEN
        IF entry.state IN ('expanded', 'rolled_back', 'complete', 'soaking') THEN
          UPDATE ringfence.migrations AS m SET state = 'rolling', reason = NULL, advancing = false
            WHERE m.name = of_migration;
        END IF;
        IF of_tenant IS NULL THEN
          UPDATE ringfence.migration_rings AS r SET requested = true
            WHERE r.migration = of_migration AND r.name = of_ring;
        ELSE
          INSERT INTO ringfence.migration_tenants AS t (migration, tenant, requested)
            SELECT of_migration, d.id, true FROM ringfence.tenants AS d WHERE d.id = of_tenant
            ON CONFLICT (migration, tenant) DO UPDATE SET requested = t.state <> 'switched', not_before = NULL;
        END IF;
        GET DIAGNOSTICS done = ROW_COUNT;
      WHEN 'retry' THEN
        UPDATE ringfence.migration_tenants AS t
          SET state = 'pending', attempts = 0, not_before = NULL, cursor = NULL, rows_done = 0, rows_changed = 0,
            error_code = NULL, lease_owner = NULL, lease_until = NULL, fence = t.fence + 1,
            -- Its ring may be closed by now.
            requested = true
          WHERE t.migration = of_migration AND t.state IN ('failed', 'quarantined')
            AND (t.tenant = of_tenant OR of_tenant IS NULL AND (of_ring IS NULL OR t.ring IN (
              SELECT r.position FROM ringfence.migration_rings AS r
              WHERE r.migration = of_migration AND r.name = of_ring)));
        GET DIAGNOSTICS done = ROW_COUNT;
        IF done > 0 AND entry.state IN ('complete', 'soaking') THEN
          UPDATE ringfence.migrations AS m SET state = 'rolling' WHERE m.name = of_migration;
        END IF;
      WHEN 'skip' THEN
        UPDATE ringfence.migration_tenants AS t
          SET state = 'quarantined', error_code = 'SKIPPED', requested = false,
            lease_owner = NULL, lease_until = NULL, fence = t.fence + 1
          WHERE t.migration = of_migration AND t.tenant = of_tenant
            AND t.state NOT IN ('switched', 'quarantined');
        GET DIAGNOSTICS done = ROW_COUNT;
      WHEN 'rollback' THEN
        IF of_tenant IS NULL THEN
          UPDATE ringfence.migrations AS m SET state = 'rolling_back', reason = why, advancing = false
            WHERE m.name = of_migration;
        END IF;
        UPDATE ringfence.migration_tenants AS t
          SET state = 'reverting', error_code = CASE WHEN of_tenant IS NULL THEN NULL ELSE 'ROLLED_BACK' END
          WHERE t.migration = of_migration AND t.state = 'switched'
            AND (of_tenant IS NULL OR t.tenant = of_tenant);
        GET DIAGNOSTICS done = ROW_COUNT;
        IF of_tenant IS NULL THEN
          done := 1;
        ELSIF entry.state IN ('complete', 'soaking') THEN
          UPDATE ringfence.migrations AS m SET state = 'rolling', advancing = false WHERE m.name = of_migration;
        END IF;
        -- Nodes that remember who is switched ask again now.
        PERFORM pg_notify('ringfence_changes', '');
      ELSE
        RAISE EXCEPTION 'there is no such act' USING ERRCODE = 'RF104';
    END CASE;
    IF done = 0 THEN
      RAISE EXCEPTION 'there is nothing that this could be done to' USING ERRCODE = 'RF104';
    END IF;
  END IF;
  INSERT INTO ringfence.migration_acts (migration, ring, tenant, act, actor, reason)
    VALUES (of_migration, of_ring, of_tenant, 'ask:' || act, actor, why) RETURNING id INTO act_id;
  RETURN act_id;
END
$ask$;

COMMENT ON FUNCTION ringfence.ask_migration(text, text, text, text, uuid, text) IS
  'What people ask of a migration: in one transaction with its record, which names who asked.';

CREATE FUNCTION ringfence.switched_migrations() RETURNS text[]
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $switched$
  SELECT coalesce(array_agg(m.name ORDER BY m.name), '{}')
  FROM ringfence.migrations AS m
  WHERE ringfence.current_tenant_id() IS NOT NULL AND (m.state = 'contracted' OR EXISTS (
    SELECT FROM ringfence.migration_tenants AS t
    WHERE t.migration = m.name AND t.tenant = ringfence.current_tenant_id() AND t.state = 'switched'))
$switched$;

COMMENT ON FUNCTION ringfence.switched_migrations() IS
  'The migrations that the bound tenant is switched to; of other tenants it says nothing.';

CREATE FUNCTION ringfence.report_node(of_node text, its_version text, saw_requests bigint, saw_errors bigint,
    saw_p95_us bigint, proof text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $report$
BEGIN
  IF ringfence.is_proven('node-report:' || of_node || ':' || its_version || ':' || saw_requests || ':'
      || saw_errors || ':' || saw_p95_us, proof) IS NOT TRUE THEN
    RAISE EXCEPTION 'this report is not proven' USING ERRCODE = 'RF003';
  END IF;
  INSERT INTO ringfence.migration_nodes AS n (node, version) VALUES (of_node, its_version)
    ON CONFLICT (node) DO UPDATE SET version = excluded.version, seen_at = clock_timestamp();
  INSERT INTO ringfence.migration_signals (node, requests, errors, p95_us)
    VALUES (of_node, saw_requests, saw_errors, saw_p95_us) ON CONFLICT DO NOTHING;
  DELETE FROM ringfence.migration_signals AS s
    WHERE s.node = of_node AND s.at < clock_timestamp() - interval '1 day';
END
$report$;

COMMENT ON FUNCTION ringfence.report_node(text, text, bigint, bigint, bigint, text) IS
  'A process of the application says that it lives, and what it saw: signed, or nothing is written.';

CREATE FUNCTION ringfence.bear_switched() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $bear$
BEGIN
  INSERT INTO ringfence.migration_tenants (migration, tenant, state, switched_at)
  SELECT m.name, NEW.id, b.state, CASE b.state WHEN 'switched' THEN clock_timestamp() END
  FROM ringfence.migrations AS m, LATERAL (SELECT CASE WHEN m.state IN ('rolling_back', 'rolled_back', 'halted')
    THEN 'pending' ELSE 'switched' END AS state) AS b
  WHERE m.expanded_at IS NOT NULL AND m.contracted_at IS NULL;
  RETURN NULL;
END
$bear$;

COMMENT ON FUNCTION ringfence.bear_switched() IS
  'A tenant that is made after the schema was expanded has no old rows: it begins at the newest shape.';

CREATE TRIGGER bear_switched AFTER INSERT ON ringfence.tenants
  FOR EACH ROW EXECUTE FUNCTION ringfence.bear_switched();

REVOKE ALL ON FUNCTION ringfence.ask_migration(text, text, text, text, uuid, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.switched_migrations() FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.report_node(text, text, bigint, bigint, bigint, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.bear_switched() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.ask_migration(text, text, text, text, uuid, text) TO "ringfence_operator";
GRANT EXECUTE ON FUNCTION ringfence.switched_migrations() TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.report_node(text, text, bigint, bigint, bigint, text) TO "ringfence_app";

REVOKE ALL ON ringfence.migrations, ringfence.migration_rings, ringfence.migration_tenants, ringfence.migration_files, ringfence.migration_acts, ringfence.migration_control, ringfence.migration_nodes, ringfence.migration_signals FROM PUBLIC;
GRANT SELECT ON ringfence.migrations, ringfence.migration_rings, ringfence.migration_tenants, ringfence.migration_files, ringfence.migration_acts, ringfence.migration_control, ringfence.migration_nodes, ringfence.migration_signals TO "ringfence_operator";

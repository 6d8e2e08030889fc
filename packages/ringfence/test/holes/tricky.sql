-- Correct things that look wrong. Load as superuser into an empty database of a scratch cluster.
CREATE ROLE tricky_owner NOLOGIN;
CREATE ROLE tricky_migrator LOGIN NOINHERIT;
CREATE ROLE tricky_app LOGIN;
CREATE ROLE tricky_backup LOGIN BYPASSRLS;
CREATE ROLE tricky_reports NOLOGIN;
GRANT tricky_owner TO tricky_migrator;
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database()); END $$;
REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA "Odd ""Schema""";
CREATE SCHEMA tricky;
GRANT USAGE ON SCHEMA tricky, "Odd ""Schema""" TO tricky_app, tricky_owner;
GRANT CREATE ON SCHEMA tricky TO tricky_owner;

CREATE FUNCTION tricky.force_rls() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE made record; BEGIN
  FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', made.object_identity);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', made.object_identity);
  END LOOP; END $$;
CREATE EVENT TRIGGER tricky_guard ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') EXECUTE FUNCTION tricky.force_rls();
REVOKE ALL ON FUNCTION tricky.force_rls() FROM PUBLIC;

-- The context, read in three sound ways.
CREATE FUNCTION tricky.tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
  AS $$ SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid $$;
CREATE FUNCTION tricky.tenant_plpgsql() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
  AS $$ BEGIN RETURN nullif(current_setting('app.current_tenant_id', true), '')::uuid; END $$;
CREATE FUNCTION tricky.is_mine(row_tenant uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  RETURN row_tenant = nullif(current_setting('app.current_tenant_id', true), '')::uuid;

-- Two policies with one expression.
CREATE TABLE tricky.projects (
  tenant_id uuid NOT NULL DEFAULT tricky.tenant(), id uuid NOT NULL DEFAULT gen_random_uuid(),
  name text NOT NULL, is_public boolean NOT NULL DEFAULT false, "Name Length" int GENERATED ALWAYS AS (length(name)) STORED,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name));
CREATE POLICY guard ON tricky.projects AS RESTRICTIVE USING (tenant_id = (SELECT tricky.tenant())) WITH CHECK (tenant_id = (SELECT tricky.tenant()));
CREATE POLICY access ON tricky.projects USING (tenant_id = (SELECT tricky.tenant())) WITH CHECK (tenant_id = (SELECT tricky.tenant()));
-- Opens nothing beside the guard.
CREATE POLICY lax_but_guarded ON tricky.projects FOR SELECT USING (true);

-- A composite foreign key in another column order, a plpgsql reader, a redundant single-column key.
CREATE TABLE tricky.tasks (
  tenant_id uuid NOT NULL DEFAULT tricky.tenant(), id uuid NOT NULL DEFAULT gen_random_uuid(),
  project_id uuid NOT NULL, parent_id uuid, title text,
  PRIMARY KEY (id), UNIQUE (id, tenant_id),
  FOREIGN KEY (project_id, tenant_id) REFERENCES tricky.projects (id, tenant_id) ON DELETE CASCADE,
  FOREIGN KEY (parent_id, tenant_id) REFERENCES tricky.tasks (id, tenant_id) ON DELETE SET NULL (parent_id));
CREATE INDEX ON tricky.tasks (tenant_id, project_id);
CREATE POLICY p ON tricky.tasks USING (tenant_id = (SELECT tricky.tenant_plpgsql()));
CREATE TABLE tricky.labels (
  tenant_id uuid NOT NULL DEFAULT tricky.tenant(), id uuid NOT NULL DEFAULT gen_random_uuid(), PRIMARY KEY (tenant_id, id));
CREATE POLICY p ON tricky.labels USING (tricky.is_mine(tenant_id));

-- A child without the column, through a protected parent.
CREATE TABLE tricky.task_notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), task_id uuid NOT NULL REFERENCES tricky.tasks (id), body jsonb);
CREATE POLICY p ON tricky.task_notes USING (EXISTS (SELECT 1 FROM tricky.tasks t WHERE t.id = task_notes.task_id));

-- Membership by EXISTS over a protected table that the application may write for its own tenant.
CREATE TABLE tricky.members (
  tenant_id uuid NOT NULL DEFAULT tricky.tenant(), user_id uuid NOT NULL, PRIMARY KEY (tenant_id, user_id));
CREATE POLICY p ON tricky.members USING (tenant_id = (SELECT tricky.tenant()));
CREATE TABLE tricky.boards (
  tenant_id uuid NOT NULL DEFAULT tricky.tenant(), id uuid NOT NULL DEFAULT gen_random_uuid(), PRIMARY KEY (tenant_id, id));
CREATE POLICY p ON tricky.boards USING (EXISTS (SELECT 1 FROM tricky.members m
  WHERE m.tenant_id = boards.tenant_id AND m.user_id = nullif(current_setting('app.user_id', true), '')::uuid));

-- Soft deletion as a restrictive policy; shared rows by a SELECT policy only; a shared NULL row that nobody can write.
CREATE TABLE tricky.pages (
  tenant_id uuid DEFAULT tricky.tenant(), id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  deleted_at timestamptz, is_template boolean NOT NULL DEFAULT false);
CREATE INDEX ON tricky.pages (tenant_id, deleted_at);
CREATE POLICY own ON tricky.pages USING (tenant_id = (SELECT tricky.tenant())) WITH CHECK (tenant_id = (SELECT tricky.tenant()));
CREATE POLICY shared ON tricky.pages FOR SELECT USING (tenant_id IS NULL OR is_template);
CREATE POLICY alive ON tricky.pages AS RESTRICTIVE USING (deleted_at IS NULL);

-- Tenant keys of type int and text, hostile names.
CREATE TABLE "Odd ""Schema"""."select
é" (
  tenant_id int NOT NULL DEFAULT nullif(current_setting('app.current_tenant_id', true), '')::int, "or'der" text, id bigint NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE POLICY "p;--" ON "Odd ""Schema"""."select
é" USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::int));
CREATE TABLE tricky.by_slug (
  tenant_id text NOT NULL DEFAULT nullif(current_setting('app.current_tenant_id', true), ''), id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE POLICY p ON tricky.by_slug USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), ''));

-- Partitions, one protected and one out of reach.
CREATE TABLE tricky.events (tenant_id uuid NOT NULL DEFAULT tricky.tenant(), at date NOT NULL, data jsonb, PRIMARY KEY (tenant_id, at)) PARTITION BY RANGE (at);
CREATE TABLE tricky.events_2026 PARTITION OF tricky.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE tricky.events_2027 PARTITION OF tricky.events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE POLICY p ON tricky.events USING (tenant_id = (SELECT tricky.tenant()));
CREATE POLICY p ON tricky.events_2026 USING (tenant_id = (SELECT tricky.tenant()));
ALTER TABLE tricky.events_2027 DISABLE ROW LEVEL SECURITY;
ALTER TABLE tricky.events_2027 NO FORCE ROW LEVEL SECURITY;

-- Global by declaration; a login table asked through one narrow function only.
CREATE TABLE tricky.countries (code text PRIMARY KEY, name text);
COMMENT ON TABLE tricky.countries IS '@tenancy:global ISO 3166';
ALTER TABLE tricky.countries DISABLE ROW LEVEL SECURITY;
CREATE TABLE tricky.plans (code text PRIMARY KEY, details jsonb);
COMMENT ON TABLE tricky.plans IS '@tenancy:global price list';
CREATE POLICY everybody ON tricky.plans FOR SELECT USING (true);
CREATE TABLE tricky.api_keys (
  tenant_id uuid NOT NULL DEFAULT tricky.tenant(), id uuid NOT NULL DEFAULT gen_random_uuid(), key_hash bytea NOT NULL UNIQUE, PRIMARY KEY (tenant_id, id));
CREATE POLICY p ON tricky.api_keys USING (tenant_id = (SELECT tricky.tenant()));
CREATE FUNCTION tricky.tenant_of_key(hash bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT k.tenant_id FROM tricky.api_keys k WHERE k.key_hash = hash $$;
ALTER FUNCTION tricky.tenant_of_key(bytea) OWNER TO tricky_backup;
CREATE FUNCTION tricky.count_tasks() RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ BEGIN RETURN (SELECT count(*) FROM tricky.tasks t WHERE t.tenant_id = tricky.tenant()); END $$;
REVOKE ALL ON FUNCTION tricky.tenant_of_key(bytea), tricky.count_tasks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tricky.tenant_of_key(bytea), tricky.count_tasks() TO tricky_app;

-- Views: as the invoker; as the owner of forced tables; with a barrier and the tenant.
CREATE VIEW tricky.open_tasks WITH (security_invoker = true) AS SELECT * FROM tricky.tasks;
CREATE VIEW tricky.task_titles AS SELECT tenant_id, title FROM tricky.tasks;
ALTER VIEW tricky.open_tasks OWNER TO tricky_owner;
ALTER VIEW tricky.task_titles OWNER TO tricky_owner;
CREATE MATERIALIZED VIEW tricky.country_names AS SELECT name FROM tricky.countries;
CREATE MATERIALIZED VIEW tricky.totals AS SELECT tenant_id, count(*) AS n FROM tricky.tasks GROUP BY 1;
CREATE PUBLICATION tricky_reference FOR TABLE tricky.countries, tricky.plans;

DO $$ DECLARE t record; BEGIN
  FOR t IN SELECT c.oid::regclass AS name FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace IN ('tricky'::regnamespace, '"Odd ""Schema"""'::regnamespace) LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO tricky_owner', t.name);
    IF t.name::text NOT IN ('tricky.events_2027', 'tricky.countries', 'tricky.plans') THEN
      EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO tricky_app', t.name);
    END IF;
  END LOOP; END $$;
GRANT SELECT ON tricky.countries, tricky.plans, tricky.open_tasks, tricky.task_titles, tricky.country_names TO tricky_app;
GRANT SELECT ON tricky.totals TO tricky_reports;

-- Correct schemas that look wrong, over the shop of docs/checks/README.md. Nothing above "low" may be found.

-- == a registry that shows a tenant itself only
ALTER TABLE shop.projects ADD is_template boolean NOT NULL DEFAULT false;
CREATE TABLE shop.tenants (id uuid PRIMARY KEY, slug text UNIQUE NOT NULL, name text);
ALTER TABLE shop.tenants OWNER TO shop_owner;
CREATE POLICY self ON shop.tenants USING (id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON shop.tenants TO shop_app;
ALTER TABLE shop.projects ADD FOREIGN KEY (tenant_id) REFERENCES shop.tenants (id);
ALTER TABLE shop.tasks ADD FOREIGN KEY (tenant_id) REFERENCES shop.tenants (id) ON DELETE CASCADE;

-- == partitions by tenant that nobody was granted
CREATE TABLE shop.events (tenant_id uuid NOT NULL DEFAULT nullif(current_setting('app.current_tenant_id', true), '')::uuid, id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant_id, id)) PARTITION BY LIST (tenant_id);
CREATE TABLE shop.events_a PARTITION OF shop.events FOR VALUES IN ('aaaaaaaa-0000-4000-8000-00000000000a');
CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT;
ALTER TABLE shop.events_a NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
ALTER TABLE shop.events_rest DISABLE ROW LEVEL SECURITY;
ALTER TABLE shop.events OWNER TO shop_owner;
ALTER TABLE shop.events_a OWNER TO shop_owner;
ALTER TABLE shop.events_rest OWNER TO shop_owner;
CREATE POLICY tenant ON shop.events USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON shop.events TO shop_app;

-- == partitions of partitions, each with its policy
CREATE TABLE shop.logs (tenant_id uuid NOT NULL DEFAULT nullif(current_setting('app.current_tenant_id', true), '')::uuid, day date NOT NULL, line text, id uuid DEFAULT gen_random_uuid(), PRIMARY KEY (tenant_id, day, id)) PARTITION BY RANGE (day);
CREATE TABLE shop.logs_26 PARTITION OF shop.logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (tenant_id);
CREATE TABLE shop.logs_26_0 PARTITION OF shop.logs_26 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shop.logs_26_1 PARTITION OF shop.logs_26 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['logs','logs_26','logs_26_0','logs_26_1'] LOOP
EXECUTE format('ALTER TABLE shop.%I OWNER TO shop_owner', t); EXECUTE format('CREATE POLICY tenant ON shop.%I USING (tenant_id = (SELECT nullif(current_setting(''app.current_tenant_id'', true), '''')::uuid))', t); EXECUTE format('GRANT SELECT, INSERT ON shop.%I TO shop_app', t); END LOOP; END $$;

-- == a domain as tenant key, generated columns, ranges, an exclusion with the tenant
CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public;
CREATE DOMAIN shop.tenant_key AS uuid CHECK (VALUE IS NOT NULL);
CREATE TYPE shop.state AS ENUM ('open', 'done');
CREATE TABLE shop.bookings (tenant_id shop.tenant_key NOT NULL DEFAULT nullif(current_setting('app.current_tenant_id', true), '')::uuid, id uuid NOT NULL DEFAULT gen_random_uuid(), room int NOT NULL, during tstzrange NOT NULL, state shop.state NOT NULL DEFAULT 'open', tags text[], full_name text GENERATED ALWAYS AS ('room ' || room::text) STORED, PRIMARY KEY (tenant_id, id), EXCLUDE USING gist ((tenant_id::uuid) WITH =, room WITH =, during WITH &&));
ALTER TABLE shop.bookings OWNER TO shop_owner;
CREATE POLICY tenant ON shop.bookings USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON shop.bookings TO shop_app;

-- == a view with a barrier that filters, over a table that nobody may read
CREATE TABLE shop.raw (tenant_id uuid NOT NULL, id uuid PRIMARY KEY, data jsonb);
ALTER TABLE shop.raw OWNER TO shop_owner;
CREATE POLICY tenant ON shop.raw USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE VIEW shop.raw_view WITH (security_barrier) AS SELECT * FROM shop.raw WHERE tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid;
ALTER VIEW shop.raw_view OWNER TO shop_owner;
GRANT SELECT ON shop.raw_view TO shop_app;
CREATE INDEX ON shop.raw (tenant_id);

-- == definer functions that check the tenant
CREATE FUNCTION shop.tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE RETURN nullif(current_setting('app.current_tenant_id', true), '')::uuid;
CREATE FUNCTION shop.archive(p uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN UPDATE shop.tasks t SET title = 'archived' WHERE t.project_id = p AND t.tenant_id = shop.tenant(); END $$;
CREATE FUNCTION shop.guarded(p uuid) RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN IF p IS DISTINCT FROM shop.tenant() THEN RAISE EXCEPTION 'no'; END IF; RETURN (SELECT count(*) FROM shop.tasks t WHERE t.tenant_id = p); END $$;
ALTER FUNCTION shop.archive(uuid) OWNER TO shop_backup;
ALTER FUNCTION shop.guarded(uuid) OWNER TO shop_backup;
GRANT USAGE ON SCHEMA shop TO shop_backup;
GRANT SELECT, UPDATE ON shop.tasks TO shop_backup;
REVOKE ALL ON FUNCTION shop.archive(uuid), shop.guarded(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.archive(uuid), shop.guarded(uuid) TO shop_app;

-- == reference tables
CREATE TABLE shop.countries (code text PRIMARY KEY, name text NOT NULL); COMMENT ON TABLE shop.countries IS '@tenancy:global ISO 3166';
ALTER TABLE shop.countries DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
GRANT SELECT ON shop.countries TO shop_app;
ALTER TABLE shop.projects ADD country text REFERENCES shop.countries (code);
CREATE TABLE shop.currencies (code char(3) PRIMARY KEY, digits int);
ALTER TABLE shop.currencies DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
GRANT SELECT ON shop.currencies TO shop_app;

-- == a bigint tenant, reserved words, hostile names
CREATE TABLE shop."Order" ("tenant_id" bigint NOT NULL DEFAULT nullif(current_setting('app.current_tenant_id', true), '')::bigint, "select" uuid NOT NULL DEFAULT gen_random_uuid(), "wei""rd
col" text, PRIMARY KEY (tenant_id, "select"));
ALTER TABLE shop."Order" OWNER TO shop_owner;
CREATE POLICY "t'; DROP" ON shop."Order" AS RESTRICTIVE USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::bigint);
CREATE POLICY "all" ON shop."Order" USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::bigint);
GRANT SELECT, INSERT, DELETE ON shop."Order" TO shop_app;

-- == membership that only its owner writes
CREATE TABLE shop.memberships (tenant_id uuid NOT NULL, user_id uuid NOT NULL, role text NOT NULL, PRIMARY KEY (tenant_id, user_id));
ALTER TABLE shop.memberships OWNER TO shop_owner;
CREATE POLICY mine ON shop.memberships FOR SELECT USING (user_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON shop.memberships TO shop_app;
ALTER POLICY tenant ON shop.tasks USING (tenant_id IN (SELECT m.tenant_id FROM shop.memberships m WHERE m.user_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid)));

-- == roles behind an AND, a policy per command
ALTER POLICY tenant ON shop.tasks USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) AND (current_setting('app.role', true) = 'admin' OR title IS NOT NULL));
DROP POLICY tenant ON shop.projects;
CREATE POLICY r ON shop.projects FOR SELECT USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY i ON shop.projects FOR INSERT WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY u ON shop.projects FOR UPDATE USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY d ON shop.projects FOR DELETE USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) AND current_setting('app.role', true) = 'admin');

-- == triggers as the invoker and as the owner, with the tenant of the row
CREATE TABLE shop.audit_log (tenant_id uuid NOT NULL DEFAULT nullif(current_setting('app.current_tenant_id', true), '')::uuid, id uuid NOT NULL DEFAULT gen_random_uuid(), what jsonb, PRIMARY KEY (tenant_id, id));
ALTER TABLE shop.audit_log OWNER TO shop_owner;
CREATE POLICY tenant ON shop.audit_log USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON shop.audit_log TO shop_app;
CREATE FUNCTION shop.write_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN INSERT INTO shop.audit_log (tenant_id, what) VALUES (NEW.tenant_id, to_jsonb(NEW)); RETURN NEW; END $$;
REVOKE ALL ON FUNCTION shop.write_audit() FROM PUBLIC;
ALTER FUNCTION shop.write_audit() OWNER TO shop_owner;
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION shop.write_audit();
CREATE TRIGGER touch BEFORE UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION shop.touch();

-- == inheritance with policies on the child
CREATE TABLE shop.docs (tenant_id uuid NOT NULL DEFAULT nullif(current_setting('app.current_tenant_id', true), '')::uuid, id uuid NOT NULL DEFAULT gen_random_uuid(), PRIMARY KEY (tenant_id, id));
CREATE TABLE shop.contracts (PRIMARY KEY (tenant_id, id), signed bool) INHERITS (shop.docs);
ALTER TABLE shop.docs OWNER TO shop_owner;
ALTER TABLE shop.contracts OWNER TO shop_owner;
CREATE POLICY tenant ON shop.docs USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY tenant ON shop.contracts USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON shop.docs, shop.contracts TO shop_app;

-- == the context in a claim, read by a helper
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO shop_app, shop_owner;
CREATE FUNCTION auth.tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE RETURN (nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'tenant_id')::uuid;
ALTER POLICY tenant ON shop.tasks USING (tenant_id = (SELECT auth.tenant()));
ALTER POLICY tenant ON shop.projects USING (tenant_id = (SELECT auth.tenant()));

-- == a surrogate key, partial unique indexes with the tenant
CREATE TABLE shop.invoices (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL DEFAULT nullif(current_setting('app.current_tenant_id', true), '')::uuid, number int NOT NULL, deleted_at timestamptz, UNIQUE (tenant_id, id));
ALTER TABLE shop.invoices OWNER TO shop_owner;
CREATE UNIQUE INDEX ON shop.invoices (tenant_id, number) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX ON shop.invoices (number, tenant_id);
CREATE POLICY tenant ON shop.invoices USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT, INSERT ON shop.invoices TO shop_app;

-- == a helper that takes the tenant of the row
CREATE FUNCTION shop.can_see(t uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN t = nullif(current_setting('app.current_tenant_id', true), '')::uuid; END $$;
ALTER POLICY tenant ON shop.tasks USING (shop.can_see(tenant_id));

-- == a child through its protected parent
CREATE TABLE shop.comments (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, task_id uuid NOT NULL, FOREIGN KEY (tenant_id, task_id) REFERENCES shop.tasks (tenant_id, id));
ALTER TABLE shop.comments OWNER TO shop_owner;
CREATE INDEX ON shop.comments (tenant_id, task_id);
CREATE POLICY via ON shop.comments USING (EXISTS (SELECT 1 FROM shop.tasks t WHERE t.tenant_id = comments.tenant_id AND t.id = comments.task_id));
GRANT SELECT, INSERT ON shop.comments TO shop_app;

-- == an administrator's login, a reporting group and a backup beside the application
CREATE ROLE shop_migrator LOGIN;
GRANT shop_owner TO shop_migrator;
CREATE ROLE shop_admin LOGIN SUPERUSER;
CREATE ROLE shop_reports NOLOGIN;
GRANT USAGE ON SCHEMA shop TO shop_reports, shop_admin, shop_migrator;
CREATE MATERIALIZED VIEW shop.totals AS SELECT tenant_id, count(*) AS n FROM shop.tasks GROUP BY 1;
GRANT SELECT ON shop.totals TO shop_reports;
-- == rows of one's own user before a tenant is chosen
CREATE TABLE shop.memberships (tenant_id uuid NOT NULL, user_id uuid NOT NULL, PRIMARY KEY (tenant_id, user_id));
ALTER TABLE shop.memberships OWNER TO shop_owner;
CREATE POLICY own ON shop.memberships USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY mine ON shop.memberships FOR SELECT USING (user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));
GRANT SELECT ON shop.memberships TO shop_app;
-- == rows of a tenant that is nobody, for all to read
CREATE POLICY examples ON shop.projects FOR SELECT USING (tenant_id = '00000000-0000-0000-0000-000000000000');
-- == a guard that looks up, behind a restrictive policy
CREATE POLICY guard ON shop.tasks AS RESTRICTIVE USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY staff ON shop.tasks FOR SELECT USING (EXISTS (SELECT 1 FROM shop.projects p WHERE p.name = 'staff'));

-- == a definer function over the registry that compares its id with the context
CREATE TABLE shop.tenants (id uuid PRIMARY KEY, host text UNIQUE);
ALTER TABLE shop.tenants OWNER TO shop_owner;
ALTER TABLE shop.tenants DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
CREATE FUNCTION shop.own_host() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE bound uuid := nullif(current_setting('app.current_tenant_id', true), '')::uuid;
BEGIN RETURN (SELECT t.host FROM shop.tenants t WHERE t.id = bound); END $$;
ALTER FUNCTION shop.own_host() OWNER TO shop_owner;
REVOKE ALL ON FUNCTION shop.own_host() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.own_host() TO shop_app;

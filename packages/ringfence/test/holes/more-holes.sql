-- Other ways to have the holes of the catalogue, over the shop of docs/checks/README.md: a title, the finding
-- that must be there, and SQL. None of it is in the corpus.

-- == a helper that takes the row's own tenant when there is none
-- finds policy-fail-open/table/shop/tasks
CREATE FUNCTION shop.mine(t uuid) RETURNS boolean LANGUAGE sql STABLE RETURN t = coalesce(nullif(current_setting('app.current_tenant_id', true), '')::uuid, t);
ALTER POLICY tenant ON shop.tasks USING (shop.mine(tenant_id));

-- == the author beside the tenant
-- finds policy-other-key/table/shop/tasks
ALTER TABLE shop.tasks ADD created_by uuid;
ALTER POLICY tenant ON shop.tasks USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) OR created_by = nullif(current_setting('app.user_id', true), '')::uuid);

-- == a list of tenants in another setting
-- finds policy-other-setting/table/shop/tasks
ALTER POLICY tenant ON shop.tasks USING (tenant_id = ANY (string_to_array(nullif(current_setting('app.tenant_ids', true), ''), ',')::uuid[]));

-- == a context that contains the tenant
-- finds policy-lossy/table/shop/tasks
ALTER POLICY tenant ON shop.tasks USING (position(tenant_id::text in current_setting('app.current_tenant_id', true)) > 0);

-- == an empty prefix
-- finds policy-fail-open/table/shop/tasks
ALTER POLICY tenant ON shop.tasks USING (starts_with(tenant_id::text, coalesce(current_setting('app.current_tenant_id', true), '')));

-- == INSERT into any tenant
-- finds policy-open-write/table/shop/tasks
DROP POLICY tenant ON shop.tasks;
CREATE POLICY s ON shop.tasks FOR SELECT USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY i ON shop.tasks FOR INSERT WITH CHECK (tenant_id IS NOT NULL);

-- == a materialized view for PUBLIC
-- finds materialized-view-reachable/materialized%20view/shop/mv
CREATE MATERIALIZED VIEW shop.mv AS SELECT tenant_id, count(*) FROM shop.tasks GROUP BY 1;
GRANT SELECT ON shop.mv TO PUBLIC;

-- == security_invoker switched off
-- finds view-definer/view/shop/v
CREATE VIEW shop.v WITH (security_invoker = off) AS SELECT t.* FROM shop.tasks t JOIN shop.projects p USING (tenant_id);
GRANT SELECT ON shop.v TO shop_app;

-- == a partition with a lax policy of its own
-- finds policy-without-context/table/shop/ev1
CREATE TABLE shop.ev (tenant_id uuid NOT NULL, at date NOT NULL, PRIMARY KEY (tenant_id, at)) PARTITION BY RANGE (at);
CREATE TABLE shop.ev1 PARTITION OF shop.ev FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE shop.ev OWNER TO shop_owner;
ALTER TABLE shop.ev1 OWNER TO shop_owner;
CREATE POLICY t ON shop.ev USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
CREATE POLICY t ON shop.ev1 USING (at > '2026-01-01');
GRANT SELECT ON shop.ev, shop.ev1 TO shop_app;

-- == rights on columns only
-- finds rls-off/table/shop/secrets
CREATE TABLE shop.secrets (tenant_id uuid NOT NULL, id uuid PRIMARY KEY, key text);
ALTER TABLE shop.secrets DISABLE ROW LEVEL SECURITY;
GRANT SELECT (tenant_id, key) ON shop.secrets TO shop_app;

-- == a procedure
-- finds definer-bypasses/function/shop/wipe/IN%20t%20uuid
CREATE PROCEDURE shop.wipe(t uuid) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN DELETE FROM shop.tasks WHERE tenant_id = t;
END $$;
REVOKE ALL ON PROCEDURE shop.wipe(uuid) FROM PUBLIC;
GRANT EXECUTE ON PROCEDURE shop.wipe(uuid) TO shop_app;

-- == an SQL-standard body
-- finds definer-bypasses/function/shop/list/t%20uuid
CREATE FUNCTION shop.list(t uuid) RETURNS SETOF shop.tasks LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp BEGIN ATOMIC SELECT * FROM shop.tasks WHERE tasks.tenant_id = t;
END;
REVOKE ALL ON FUNCTION shop.list(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.list(uuid) TO shop_app;

-- == a bypassing role behind another
-- finds role-can-become-bypassing/role/shop_app
CREATE ROLE shop_g1 NOLOGIN;
CREATE ROLE shop_g2 NOLOGIN BYPASSRLS;
GRANT shop_g2 TO shop_g1;
GRANT shop_g1 TO shop_app;

-- == a lax policy for a group that the application is in
-- finds policy-open-read/table/shop/tasks
CREATE ROLE shop_support NOLOGIN;
GRANT shop_support TO shop_app;
CREATE POLICY support ON shop.tasks FOR SELECT TO shop_support USING (true);

-- == a tree that deletes across tenants
-- finds foreign-key-across-tenants/constraint/shop/tasks/par
ALTER TABLE shop.tasks ADD parent uuid;
ALTER TABLE shop.tasks ADD CONSTRAINT tasks_id_key UNIQUE (id);
ALTER TABLE shop.tasks ADD CONSTRAINT par FOREIGN KEY (parent) REFERENCES shop.tasks (id) ON DELETE CASCADE;

-- == a rule on a view
-- finds rule-owner-rights/rule/shop/v/r
CREATE VIEW shop.v WITH (security_invoker) AS SELECT * FROM shop.tasks;
CREATE RULE r AS ON UPDATE TO shop.v DO INSTEAD UPDATE shop.tasks SET title = NEW.title WHERE id = OLD.id;
GRANT SELECT, UPDATE ON shop.v TO shop_app;

-- == an INSTEAD OF trigger
-- finds definer-trigger/function/shop/upd
CREATE VIEW shop.v WITH (security_invoker) AS SELECT * FROM shop.tasks;
CREATE FUNCTION shop.upd() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN UPDATE shop.tasks SET title = NEW.title WHERE id = OLD.id;
RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION shop.upd() FROM PUBLIC;
CREATE TRIGGER u INSTEAD OF UPDATE ON shop.v FOR EACH ROW EXECUTE FUNCTION shop.upd();
GRANT SELECT, UPDATE ON shop.v TO shop_app;

-- == default privileges of the owner
-- finds default-privileges/default%20acl/shop_owner
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT ALL ON TABLES TO shop_app;

-- == a table of sessions that the application writes
-- finds policy-mutable-reference/table/shop/sessions
CREATE TABLE shop.sessions (pid int PRIMARY KEY, tenant uuid);
ALTER TABLE shop.sessions DISABLE ROW LEVEL SECURITY;
COMMENT ON TABLE shop.sessions IS '@tenancy:global sessions';
GRANT SELECT, INSERT, UPDATE ON shop.sessions TO shop_app;
CREATE FUNCTION shop.cur() RETURNS uuid LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS 'SELECT tenant FROM shop.sessions WHERE pid = pg_backend_pid()';
ALTER POLICY tenant ON shop.tasks USING (tenant_id = (SELECT shop.cur()));

-- == NOT and coalesce
-- finds policy-fail-open/table/shop/tasks
ALTER POLICY tenant ON shop.tasks USING (NOT (tenant_id <> coalesce(nullif(current_setting('app.current_tenant_id', true), '')::uuid, tenant_id)));

-- == everything but one tenant
-- finds policy-open-read/table/shop/tasks
ALTER POLICY tenant ON shop.tasks USING (tenant_id <> '00000000-0000-0000-0000-000000000000'::uuid);

-- == a guard for SELECT only
-- finds policy-open-blind/table/shop/tasks
DROP POLICY tenant ON shop.tasks;
CREATE POLICY a ON shop.tasks USING (true);
CREATE POLICY r ON shop.tasks AS RESTRICTIVE FOR SELECT USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));

-- == the beginning of a digest
-- finds policy-lossy/table/shop/tasks
ALTER POLICY tenant ON shop.tasks USING (left(md5(tenant_id::text), 2) = left(md5(current_setting('app.current_tenant_id', true)), 2));

-- == published by time
-- finds policy-open-write/table/shop/tasks
ALTER TABLE shop.tasks ADD published_at timestamptz;
ALTER POLICY tenant ON shop.tasks USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) OR published_at <= now());

-- == staff, whichever tenant
-- finds policy-ignores-row/table/shop/tasks
CREATE TABLE shop.staff (id uuid PRIMARY KEY);
ALTER TABLE shop.staff DISABLE ROW LEVEL SECURITY;
COMMENT ON TABLE shop.staff IS '@tenancy:global staff';
CREATE FUNCTION shop.is_staff() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT EXISTS (SELECT FROM shop.staff WHERE id = nullif(current_setting('app.user_id', true), '')::uuid) $$;
REVOKE ALL ON FUNCTION shop.is_staff() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.is_staff() TO shop_app;
ALTER POLICY tenant ON shop.tasks USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) OR shop.is_staff());

-- == the tenant under another name
-- finds table-without-tenant/table/shop/files
CREATE TABLE shop.files (organization_id uuid NOT NULL, id uuid PRIMARY KEY, name text);
ALTER TABLE shop.files DISABLE ROW LEVEL SECURITY;
GRANT SELECT ON shop.files TO shop_app;

-- == an unlogged copy for PUBLIC
-- finds rls-off/table/shop/staging
CREATE UNLOGGED TABLE shop.staging AS SELECT * FROM shop.tasks;
ALTER TABLE shop.staging DISABLE ROW LEVEL SECURITY;
GRANT SELECT ON shop.staging TO PUBLIC;

-- == a sequence that can be set
-- finds sequence-shared/sequence/shop/invoice_no
CREATE SEQUENCE shop.invoice_no;
GRANT USAGE, SELECT, UPDATE ON SEQUENCE shop.invoice_no TO shop_app;

-- == the name of the setting put together
-- finds function-sets-context/function/shop/become/t%20text
CREATE FUNCTION shop.become(t text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN PERFORM set_config('app.' || 'current_tenant_id', t, true);
END $$;
REVOKE ALL ON FUNCTION shop.become(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.become(text) TO shop_app;

-- == a second tenant column
-- finds foreign-key-misaligned/constraint/shop/tasks/x
ALTER TABLE shop.tasks DROP CONSTRAINT tasks_project_fkey;
ALTER TABLE shop.tasks ADD project_tenant uuid;
ALTER TABLE shop.tasks ADD CONSTRAINT x FOREIGN KEY (project_tenant, project_id) REFERENCES shop.projects (tenant_id, id);

-- == the context of a tenant that sees all
-- finds policy-bypass-setting/table/shop/tasks
ALTER POLICY tenant ON shop.tasks USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid) OR current_setting('app.current_tenant_id', true) = '00000000-0000-0000-0000-000000000000');
-- == a caller who is somebody somewhere
-- finds policy-ignores-row/table/shop/tasks
CREATE TABLE shop.users (tenant_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
ALTER TABLE shop.users OWNER TO shop_owner;
CREATE POLICY tenant ON shop.users USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON shop.users TO shop_app;
ALTER POLICY tenant ON shop.tasks USING (EXISTS (SELECT 1 FROM shop.users u WHERE u.id = nullif(current_setting('app.user', true), '')::uuid));
-- == a setting that cannot be set
-- finds policy-other-setting/table/shop/tasks
ALTER POLICY tenant ON shop.tasks USING (tenant_id = (SELECT nullif(current_setting('tenant_id', true), '')::uuid));

-- == a definer function that looks any host up
-- finds definer-bypasses/function/shop/host_of/p%20uuid
CREATE TABLE shop.tenants (id uuid PRIMARY KEY, host text UNIQUE);
ALTER TABLE shop.tenants OWNER TO shop_owner;
ALTER TABLE shop.tenants DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
CREATE FUNCTION shop.host_of(p uuid) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE bound uuid := nullif(current_setting('app.current_tenant_id', true), '')::uuid;
BEGIN RETURN (SELECT t.host FROM shop.tenants t WHERE t.id = p); END $$;
ALTER FUNCTION shop.host_of(uuid) OWNER TO shop_owner;
REVOKE ALL ON FUNCTION shop.host_of(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.host_of(uuid) TO shop_app;

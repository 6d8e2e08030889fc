-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE FUNCTION ringfence.register_tenant(new_slug text, new_name text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $register$
BEGIN
  IF ringfence.current_tenant_id() IS NULL THEN
    RAISE EXCEPTION 'no tenant is bound that could be registered' USING ERRCODE = 'RF002';
  END IF;
  IF EXISTS (SELECT FROM ringfence.tenants AS t WHERE t.id = ringfence.current_tenant_id()) THEN
    RAISE EXCEPTION 'the bound tenant is registered already' USING ERRCODE = 'RF004';
  END IF;
  INSERT INTO ringfence.tenants (id, slug, name)
    VALUES (ringfence.current_tenant_id(), new_slug, new_name);
END
$register$;

COMMENT ON FUNCTION ringfence.register_tenant(text, text) IS
  'Puts the tenant that this transaction is bound to into the directory: active, with nothing in it.';

CREATE FUNCTION ringfence.current_tenant_name() RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $name$
  SELECT t.name FROM ringfence.tenants AS t WHERE t.id = ringfence.current_tenant_id()
$name$;

COMMENT ON FUNCTION ringfence.current_tenant_name() IS
  'The name of the tenant that this transaction is bound to; NULL when it is bound to none.';

REVOKE ALL ON FUNCTION ringfence.register_tenant(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION ringfence.current_tenant_name() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.register_tenant(text, text) TO "ringfence_app";
GRANT EXECUTE ON FUNCTION ringfence.current_tenant_name() TO "ringfence_app";

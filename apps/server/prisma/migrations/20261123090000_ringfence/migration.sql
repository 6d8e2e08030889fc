-- Written by the generators of ringfence/sql and reviewed; test/migrations.test.ts holds the two
-- together. Valid on PostgreSQL 15 and later.
CREATE SCHEMA IF NOT EXISTS ringfence;
GRANT USAGE ON SCHEMA ringfence TO "ringfence_app", "ringfence_operator", "ringfence_auditor";

CREATE TABLE ringfence.context_keys (
  kid text PRIMARY KEY,
  inner_pad bytea NOT NULL,
  outer_pad bytea NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT context_keys_kid_is_plain CHECK (kid ~ '^[A-Za-z0-9_-]{1,32}$'),
  CONSTRAINT context_keys_pads_are_blocks
    CHECK (octet_length(inner_pad) = 64 AND octet_length(outer_pad) = 64)
);

COMMENT ON TABLE ringfence.context_keys IS
  'Keys that verify the proof of a tenant context. Secret: readable by the owner alone.';

REVOKE ALL ON ringfence.context_keys FROM PUBLIC;

CREATE FUNCTION ringfence.current_tenant_id() RETURNS uuid
  LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $read$
DECLARE
  tenant text := current_setting('app.current_tenant_id', true);
  proof text := current_setting('app.current_tenant_proof', true);
  signer text := split_part(proof, '.', 1);
  expiry text := split_part(proof, '.', 2);
  inner_pad bytea;
  outer_pad bytea;
BEGIN
  IF tenant IS NULL OR tenant = '' THEN
    RETURN NULL;
  END IF;
  SELECT k.inner_pad, k.outer_pad INTO inner_pad, outer_pad
    FROM ringfence.context_keys AS k WHERE k.kid = signer;
  -- Not in the query: outside of it an expression costs half. Without a key everything here is NULL.
  IF (encode(sha256(outer_pad || sha256(inner_pad ||
      convert_to(tenant || '.' || signer || '.' || expiry, 'UTF8'))), 'hex')
      = split_part(proof, '.', 3)) IS NOT TRUE THEN
    RAISE EXCEPTION 'the tenant context of this transaction is not proven' USING ERRCODE = 'RF003';
  END IF;
  -- Verified from here on: the expiry is a number and the tenant a UUID, because we signed them.
  IF to_timestamp(expiry::bigint) < now() THEN
    RAISE EXCEPTION 'the proof of the tenant context has expired' USING ERRCODE = 'RF003';
  END IF;
  RETURN tenant::uuid;
END
$read$;

COMMENT ON FUNCTION ringfence.current_tenant_id() IS
  'The tenant this transaction is bound to; NULL (and so no rows at all) when it is bound to none.';

CREATE PROCEDURE ringfence.bind(tenant_id uuid, proof text)
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
  -- Assignments: PERFORM would start the executor.
  bound := set_config('app.current_tenant_id', tenant_id::text, true);
  bound := set_config('app.current_tenant_proof', proof, true);
END
$bind$;

COMMENT ON PROCEDURE ringfence.bind(uuid, text) IS
  'The only binder: ties the current transaction to one tenant.';

REVOKE ALL ON FUNCTION ringfence.current_tenant_id() FROM PUBLIC;
REVOKE ALL ON PROCEDURE ringfence.bind(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.current_tenant_id() TO "ringfence_app", "ringfence_operator";
GRANT EXECUTE ON PROCEDURE ringfence.bind(uuid, text) TO "ringfence_app", "ringfence_operator";

CREATE TABLE ringfence.tenants (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  slug text NOT NULL UNIQUE,
  host text UNIQUE,
  name text NOT NULL,
  state text NOT NULL DEFAULT 'active',
  -- Made by the demo; a production start refuses a database that holds one.
  demo boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  -- A slug is a DNS label (RFC 1035, 2.3.1), so that it can be a subdomain.
  CONSTRAINT tenants_slug_is_dns_label CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- Tenants are found by id as well: no slug may look like the id of another tenant.
  CONSTRAINT tenants_slug_is_no_id CHECK (slug !~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'),
  CONSTRAINT tenants_host_is_lower_case CHECK (host = lower(host) AND host LIKE '%.%'),
  CONSTRAINT tenants_state_is_known CHECK (state IN ('active', 'suspended', 'deleting'))
);

COMMENT ON TABLE ringfence.tenants IS
  'The directory of tenants: for the platform only, never for the application.';

CREATE FUNCTION ringfence.find_tenant(tenant_name text)
  RETURNS TABLE (id uuid, slug text, state text)
  LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
  SET search_path = pg_catalog, pg_temp
AS $find$
  SELECT t.id, t.slug, t.state
  FROM ringfence.tenants AS t
  WHERE t.slug = lower(tenant_name) OR t.host = lower(tenant_name)
    OR t.id = CASE WHEN lower(tenant_name) ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' THEN tenant_name::uuid END
  -- A host holds a dot and a slug cannot, and no slug is a UUID: at most one row answers.
  LIMIT 1
$find$;

COMMENT ON FUNCTION ringfence.find_tenant(text) IS
  'Slug, host or id to slug, id and state: the one thing that may be asked before a tenant is known.';

REVOKE ALL ON FUNCTION ringfence.find_tenant(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ringfence.find_tenant(text) TO "ringfence_app", "ringfence_operator";
GRANT SELECT, INSERT, UPDATE, DELETE ON ringfence.tenants TO "ringfence_operator";
